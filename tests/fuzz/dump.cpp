#include "sdxl/parity/dump.h"

#include "tests/fuzz/support/fuzz.h"

/// A dump of examples/parity/dump_diffusers.py: everything in it is read, and no model is run.
void fuzz::test(std::string_view input) {
  const std::string path = write_file("dump.safetensors", input);
  expect_result_or_error(path, [&] {
    const sdxl::Dump dump(path);
    const auto read = [&](auto&& action) { expect_result_or_error(path, action); };
    for (const std::string& output : dump.output_paths()) {
      read([&] { dump.output(output); });
      for (const std::string& name : dump.arguments(output)) {
        read([&] { sdxl::fingerprint(dump.stored(name)); });
      }
    }
    for (const char* part : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
      read([&] { dump.precision(part); });
      read([&] { dump.weights(part); });
    }
    dump.versions();
    for (const std::string& component : dump.components()) {
      for (const char* name : {"sample", "timestep", "encoder_hidden_states", "input_ids"}) {
        read([&] { dump.inputs(component).read(name); });
      }
    }
  });
}
