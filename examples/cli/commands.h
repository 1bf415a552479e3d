#pragma once

#include <CLI/CLI.hpp>

/// The program's commands, one file each: a function here adds one of them to the parser,
/// which runs it after the whole command line has been read.
namespace cli {

void add_generate(CLI::App& app);
void add_attention(CLI::App& app);
void add_schedule(CLI::App& app);
void add_sweep(CLI::App& app);
void add_ablate(CLI::App& app);
void add_strip(CLI::App& app);
void add_trace(CLI::App& app);
void add_compare(CLI::App& app);
void add_parity(CLI::App& app);
void add_tokenize(CLI::App& app);
void add_encode(CLI::App& app);
void add_decode(CLI::App& app);
void add_reconstruct(CLI::App& app);
void add_edges(CLI::App& app);
void add_info(CLI::App& app);
void add_lora(CLI::App& app);
void add_score(CLI::App& app);
void add_upscale(CLI::App& app);
void add_tree(CLI::App& app);
void add_buckets(CLI::App& app);
void add_installation(CLI::App& app);  // not listed in --help

}  // namespace cli
