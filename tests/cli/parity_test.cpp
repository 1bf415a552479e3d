#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

/// The golden dump, to be changed and written again.
struct DumpFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;

  DumpFile() {
    const tensor::io::SafetensorsFile file(support::golden_path("parity_dump"));
    metadata = file.metadata();
    for (const std::string& name : file.names()) tensors[name] = file.tensor(name);
  }

  void make_nan(const std::string& name) {
    std::vector<float> values(tensors.at(name).data(),
                              tensors.at(name).data() + tensors.at(name).size());
    values.back() = NAN;
    tensors[name] = Tensor::from(tensors.at(name).shape(), values);
  }

  void replace(const std::string& key, const std::string& from, const std::string& to) {
    std::string& text = metadata.at(key);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  }

  void write(const ModelFolder& folder) const {
    tensor::io::write_safetensors(folder.path() / "dump",
                                  NamedTensors(tensors.begin(), tensors.end()), metadata);
  }
};

Outcome parity(const ModelFolder& folder, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"parity", "dump", "--model", "model"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

}  // namespace

TEST_CASE("cli: parity with a dump of diffusers") {
  const ModelFolder folder;
  DumpFile().write(folder);
  Outcome outcome = parity(folder, {"--html", "page.html", "--path", "unet.conv_in"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.starts_with("text_encoder: all 28 modules agree: rounding (limit 1e-05)\n"));
  CHECK(outcome.out.find("\nunet.conv_in  ") != std::string::npos);
  CHECK(outcome.out.find("unet.conv_out") == std::string::npos);
  const std::string page = support::read_bytes(folder.path() / "page.html");
  CHECK(page.find("<code>conv_in</code>") != std::string::npos);
  CHECK(page.find("src=") == std::string::npos);  // it needs nothing from elsewhere
  CHECK(page.find("function drawU(") != std::string::npos);
  CHECK(page.find("\"unet.mid_block\":[\"hsl(130, 45%, 85%)\",\"local error") != std::string::npos);
  CHECK(page.ends_with("</html>\n"));
  // Nobody reads what it prints, as behind `| head`: the page is written all the same.
  const Outcome unread = support::run_program(
      folder.path(),
      {"parity", support::golden_path("parity_dump").string(), "--model", "model", "--html", "p"},
      {.is_read = false});
  CHECK(unread.status != 0);
  CHECK(support::read_bytes(folder.path() / "p").ends_with("</html>\n"));

  std::string config = support::read_bytes(folder.model("unet/config.json"));
  const std::string eps = "\"norm_eps\": 1e-05";
  config.replace(config.find(eps), eps.size(), "\"norm_eps\": 1e-06");
  folder.write("model/unet/config.json", config);
  outcome = parity(folder, {"--limit", "1e-6"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.starts_with(
      "unet: first divergence at unet.down_blocks.0.resnets.0.norm1: wrong constant: "));
  CHECK(outcome.err == "sdxl: dump and this model part in unet\n");
}

TEST_CASE("cli: parity with a dump of another model or another version or half a one") {
  const ModelFolder folder;
  const auto run = [&](const auto& change) {
    DumpFile dump;
    change(dump);
    dump.write(folder);
    return parity(folder);
  };
  CHECK(refused(run([](DumpFile& d) { d.metadata.erase("format"); }), 1,
                {"expected a dump of examples/parity/dump_diffusers.py"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.metadata["outputs"] = "[1"; }), 1, {"dump: "}) == "");
  CHECK(refused(run([](DumpFile& d) { d.metadata.erase("outputs"); }), 1,
                {"the metadata has no outputs: half a dump?"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.metadata.erase("same"); }), 1, {"half a dump?"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.tensors.erase("outputs/unet.conv_in"); }), 1,
                {"outputs/unet.conv_in", "half a dump?"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.tensors.erase("inputs/unet/text_embeds"); }), 1,
                {"half a dump"}) == "");
  CHECK(refused(run([](DumpFile& d) {
                  d.replace("weights", "\"unet.conv_in.weight\"", "\"unet.conv_inn.weight\"");
                }),
                1,
                {"another model", "1 weights are only here", "conv_in.weight", "diffusers 0."}) ==
        "");
  CHECK(refused(run([](DumpFile& d) { d.replace("weights", "6, 4, 3, 3]", "1e300, 4, 3, 3]"); }), 1,
                {"conv_in.weight: expected three sums and a shape of whole numbers"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.replace("weights", "6, 4, 3, 3]", "8, 4, 3, 3]"); }), 1,
                {"another model than this one: conv_in.weight is (8, 4, 3, 3) there"}) == "");
  CHECK(refused(run([](DumpFile& d) { d.make_nan("inputs/unet/sample"); }), 1,
                {"inputs/unet/sample holds NaN"}) == "");

  // NaN that the reference made is a finding, not a mistake of the file.
  const Outcome outcome = run([](DumpFile& d) { d.make_nan("outputs/unet.conv_in"); });
  CHECK(outcome.status == 1);
  CHECK(outcome.out.starts_with("unet: first divergence at unet.conv_in: not comparable: "));
  CHECK(outcome.out.find("the reference itself made NaN") != std::string::npos);

  // Another size: what isn't the tensor that the paths' outputs belong to.
  CHECK(run([](DumpFile& d) {
          Tensor& x = d.tensors.at("inputs/unet/sample");
          x = Tensor::zeros({1, 4, 8, 8});
        }).out.find("not comparable: shapes differ: ours (1, 6, 8, 8)") != std::string::npos);

  const std::string bytes = support::read_bytes(support::golden_path("parity_dump"));
  folder.write("dump", bytes.substr(0, bytes.size() / 2));
  CHECK(refused(parity(folder), 1, {"dump"}) == "");
}

TEST_CASE("cli: parity with a dump of some modules") {
  const ModelFolder folder;
  DumpFile some;
  const std::string kept = "unet.mid_block.resnets.0.conv1";
  std::erase_if(some.tensors, [&](const auto& entry) {
    return entry.first.starts_with("outputs/") && entry.first != "outputs/" + kept;
  });
  some.metadata["outputs"] = "{\"paths\": [\"" + kept + "\"]}";
  some.metadata["same"] = "{}";
  some.write(folder);
  const Outcome outcome = parity(folder);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.starts_with("unet: all 1 modules agree: rounding (limit 1e-05)\n"));
}

TEST_CASE("cli: parity of a path or a component or a file that isn't there") {
  const ModelFolder folder;
  CHECK(refused(parity(folder), 1, {"dump: cannot be read"}) == "");
  DumpFile().write(folder);
  CHECK(refused(parity(folder, {"--path", "unet.mid_blok.resnets.0"}), 1,
                {"dump: --path: no module's path is like unet.mid_blok.resnets.0; the nearest: "
                 "unet.mid_"}) == "");
  CHECK(refused(parity(folder, {"--component", "vae_decoder"}), 1,
                {"has no inputs and outputs of vae_decoder; those of text_encoder unet"}) == "");
  CHECK(refused(parity(folder, {"--component", "lungs"}), 2, {"--component"}) == "");
  CHECK(refused(parity(folder, {"--limit", "x"}), 2, {"expected a number"}) == "");
  CHECK(refused(parity(folder, {"--html", "nowhere/page.html"}), 1, {"there is no folder"}) == "");
}
