#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

using nlohmann::json;
using support::last_line;
using support::Outcome;
using support::refused;
using support::run_program;
using support::ScratchFolder;

namespace {

/// What info prints of an image with these texts.
Outcome info(const tensor::TextChunks& texts) {
  const ScratchFolder folder;
  tensor::write_png(folder.path() / "dot.png", {1, 1, {1, 2, 3}}, texts);
  return run_program(folder.path(), {"info", "dot.png"});
}

bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("not found: ", part, " in\n", text);
  return found;
}

/// A graph of one sampler, as ComfyUI's default has it.
json simple_graph() {
  return json::parse(R"json({
    "3": {"class_type": "KSampler",
          "inputs": {"seed": 156680208700286, "steps": 20, "cfg": 8.0, "sampler_name": "euler",
                     "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0],
                     "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple",
          "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode",
          "inputs": {"text": "a (red:1.3) fox \\(animal\\)", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}}})json");
}

std::string command_of(const json& graph) {
  const Outcome outcome = info({{"prompt", graph.dump()}, {"workflow", "{\"nodes\": []}"}});
  CHECK(outcome.status == 0);
  CHECK(has(outcome.out, "prompt: ComfyUI's graph, "));
  return last_line(outcome.out);
}

}  // namespace

TEST_CASE("cli: info makes a command of A1111's settings") {
  const Outcome xl = info(
      {{"parameters",
        "a ((red)) fox, (snow:1.2) \\(animal\\) <lora:foxes:0.8>\nsecond line\n"
        "Negative prompt: blurry, [low] quality\n"
        "Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4219467701, "
        "Size: 1216x832, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Clip skip: 2, "
        "Lora hashes: \"foxes: 50b3, b: c\", Token merging ratio: 0.2, Version: v1.9.4"}});
  CHECK(xl.status == 0);
  CHECK(last_line(xl.out) ==
        "sdxl generate --model sd_xl_base_1.0.safetensors --prompt $'a ((red)) fox, (snow:1.2) "
        "\\\\(animal\\\\) \\x0asecond line' --negative-prompt 'blurry, [low] quality' "
        "--prompt-syntax a1111 --height 832 --width 1216 "
        "--steps 30 --scheduler dpmpp-2m --scheduler-option timestep_spacing=linspace "
        "--scheduler-option use_karras_sigmas=true --guidance-scale 6.5 --seed 4219467701 --rng "
        "cuda\n");
  CHECK(has(xl.out, "note: networks are not taken: <lora:foxes:0.8>"));
  CHECK(has(xl.out, "note: Clip skip 2 is left out: A1111 ignores it with SDXL"));
  CHECK(has(xl.out, "note: A1111 draws its noise on the GPU"));
  CHECK(has(xl.out, "note: not taken: Token merging ratio 0.2\n"));

  const Outcome image = info({{"parameters",
                               "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: "
                               "512x768, Clip skip: 2, Denoising strength: 0.75, RNG: CPU"}});
  CHECK(last_line(image.out) ==
        "sdxl generate --prompt 'a fox' --prompt-syntax a1111 --clip-skip 1 --height 768 --width "
        "512 --steps 20 "
        "--scheduler euler-ancestral --scheduler-option timestep_spacing=linspace "
        "--guidance-scale 7 --seed 5 --image INPUT.png --strength 0.75\n");
  CHECK(has(image.out, "put the path of its start for INPUT.png"));

  const Outcome large = info({{"parameters",
                               "a fox\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 5, "
                               "Size: 512x512, Denoising strength: 0.5, Hires upscale: 2, Hires "
                               "upscaler: R-ESRGAN 4x+, Refiner: xl_refiner [7440042bbd], Refiner "
                               "switch at: 0.8, Variation seed: 3"}});
  CHECK(has(large.out, "--hires-scale 2 --hires-strength 0.5"));
  CHECK(has(large.out, "--refiner xl_refiner.safetensors --high-noise-fraction 0.8"));
  CHECK(has(large.out, "Hires upscaler R-ESRGAN 4x+: here Lanczos"));
  CHECK(has(large.out, "not taken: Variation seed 3"));
  CHECK(has(large.out, "note: generate refuses the command as it is: --hires-scale needs"));

  const Outcome smile = info({{"parameters", "a fox :)\nSteps: 20, Sampler: Euler, Seed: 5"}});
  CHECK(has(smile.out,
            "note: generate refuses the command as it is: --prompt: this ) closes no (; a bracket "
            "that is text is written \\)\n"));
}

TEST_CASE("cli: info says which of A1111's samplers and values it can't take") {
  const auto said = [](const std::string& fields) {
    return info({{"parameters", "a fox\nSteps: 20, CFG scale: 7, " + fields}}).out;
  };
  CHECK(has(said("Sampler: DPM adaptive"), "the sampler DPM adaptive is not built here"));
  CHECK(has(said("Sampler: Euler, Schedule type: KL Optimal"), "the schedule KL Optimal is not"));
  CHECK(has(said("Sampler: DDIM"), "--scheduler ddim --scheduler-option timestep_spacing=leading"));
  CHECK(has(said("Sampler: Euler, Schedule type: SGM Uniform"), "timestep_spacing=trailing"));
  CHECK(has(said("Seed: -x"), "Seed -x is not taken: "));
  CHECK(has(said("Seed: -1"), " --seed=-1 "));
  CHECK(has(said("Size: 510x512"), "the width 510 is not taken: "));
  CHECK(has(info({{"parameters", "only a prompt"}}).out, "the text has no line of settings"));
}

TEST_CASE("cli: info makes a command of ComfyUI's graph") {
  const json simple = simple_graph();
  CHECK(command_of(simple) ==
        "sdxl generate --model sd_xl_base_1.0.safetensors --prompt 'a red fox (animal)' "
        "--negative-prompt '' --height 768 --width 1024 --steps 20 --scheduler euler "
        "--scheduler-option timestep_spacing=linspace --guidance-scale 8 --seed 156680208700286\n");

  json image = simple;  // image to image, with a seed from another node and a network
  image["5"] = {{"class_type", "VAEEncode"}, {"inputs", {{"pixels", {"12", 0}}}}};
  image["12"] = {{"class_type", "LoadImage"}, {"inputs", {{"image", "fox.jpg"}}}};
  image["13"] = {{"class_type", "PrimitiveInt"}, {"inputs", {{"value", 99}}}};
  image["14"] = {{"class_type", "LoraLoader"}, {"inputs", {{"model", {"4", 0}}}}};
  image["3"]["inputs"]["denoise"] = 0.6;
  image["3"]["inputs"]["seed"] = {"13", 0};
  image["3"]["inputs"]["model"] = {"14", 0};
  const Outcome outcome = info({{"prompt", image.dump()}});
  CHECK(has(outcome.out, "--image fox.jpg --strength 0.6 --steps 34 "));  // int(34 * 0.6) = 20
  CHECK(has(outcome.out, "--seed 99\n"));
  CHECK(has(outcome.out, "note: nodes that are not taken: LoraLoader, PrimitiveInt\n"));

  json larger = simple;  // a second pass, of latents twice as large
  larger["20"] = {{"class_type", "LatentUpscaleBy"},
                  {"inputs", {{"samples", {"3", 0}}, {"scale_by", 1.5}}}};
  larger["21"] = simple["3"];
  larger["21"]["inputs"]["denoise"] = 0.5;
  larger["21"]["inputs"]["latent_image"] = {"20", 0};
  larger["8"]["inputs"]["samples"] = {"21", 0};
  CHECK(has(command_of(larger), "--hires-scale 1.5 --hires-strength 0.5"));
}

TEST_CASE("cli: info makes a command of ComfyUI's base and refiner and of its parts of samplers") {
  json graph = simple_graph();
  graph["3"]["class_type"] = "KSamplerAdvanced";
  graph["3"]["inputs"].update(
      {{"noise_seed", 5}, {"start_at_step", 0}, {"end_at_step", 20}, {"steps", 25}});
  graph["3"]["inputs"].erase("seed");
  graph["3"]["inputs"].erase("denoise");
  graph["30"] = graph["3"];
  graph["30"]["inputs"].update(
      {{"start_at_step", 20}, {"end_at_step", 10000}, {"add_noise", "disable"}});
  graph["30"]["inputs"]["latent_image"] = {"3", 0};
  graph["30"]["inputs"]["model"] = {"31", 0};
  graph["31"] = {{"class_type", "CheckpointLoaderSimple"},
                 {"inputs", {{"ckpt_name", "refiner.safetensors"}}}};
  graph["8"]["inputs"]["samples"] = {"30", 0};
  CHECK(has(command_of(graph), "--steps 25 "));
  CHECK(has(command_of(graph), "--refiner refiner.safetensors --high-noise-fraction 0.8\n"));

  json parts = simple_graph();
  parts["3"] =
      json::parse(R"({"class_type": "SamplerCustom", "inputs": {"noise_seed": 3, "cfg": 1.5,
      "sampler": ["40", 0], "sigmas": ["41", 0], "model": ["4", 0], "positive": ["6", 0],
      "negative": ["7", 0], "latent_image": ["5", 0]}})");
  parts["40"] =
      json::parse(R"({"class_type": "KSamplerSelect", "inputs": {"sampler_name": "lcm"}})");
  parts["41"] = json::parse(
      R"({"class_type": "BasicScheduler", "inputs": {"scheduler": "sgm_uniform", "steps": 4, "denoise": 1}})");
  CHECK(has(command_of(parts), "--steps 4 --scheduler lcm "));
  CHECK(has(command_of(parts), "--guidance-scale 1.5 --seed 3\n"));

  const std::string editor = R"({"nodes": [
    {"id": 1, "type": "KSampler", "widgets_values": [7, "fixed", 12, 4.5, "ddim", "ddim_uniform", 1],
     "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2},
                {"name": "latent_image", "link": 3}]},
    {"id": 2, "type": "CheckpointLoaderSimple", "widgets_values": ["xl.safetensors"]},
    {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["a fox"], "inputs": []},
    {"id": 4, "type": "EmptyLatentImage", "widgets_values": [512, 640, 3]}],
    "links": [[1, 2, 0, 1, 0, "MODEL"], [2, 3, 0, 1, 1, "C"], [3, 4, 0, 1, 3, "L"]], "x": NaN})";
  CHECK(
      last_line(info({{"workflow", editor}}).out) ==
      "sdxl generate --model xl.safetensors --prompt 'a fox' --height 640 --width 512 --images 3 "
      "--steps 12 --scheduler ddim --scheduler-option timestep_spacing=leading --scheduler-option "
      "steps_offset=1 --guidance-scale 4.5 --seed 7\n");
}

TEST_CASE("cli: info reads the graph in ComfyUI's latents") {
  const ScratchFolder folder;
  tensor::io::write_safetensors(folder.path() / "a.latent",
                                {{"latent_tensor", tensor::Tensor::zeros({1, 4, 2, 2})}},
                                {{"prompt", simple_graph().dump()}});
  const Outcome outcome = run_program(folder.path(), {"info", "a.latent"});
  CHECK(has(outcome.out, "--scheduler euler"));
}

TEST_CASE("cli: info of hostile graphs and settings says one sentence") {
  const std::string whole = simple_graph().dump();
  CHECK(refused(info({{"prompt", whole.substr(0, whole.size() / 2)}}), 1,
                {"dot.png: ComfyUI's graph is no JSON object, so it is damaged, cut short or"}) ==
        "");
  CHECK(refused(info({{"prompt", R"({"1": {"class_type": "SaveImage", "inputs": {}}})"}}), 1,
                {"ComfyUI's graph has no sampler"}) == "");
  CHECK(refused(info({{"workflow", R"({"nodes": [1, null, {"id": {}}, []], "links": [[], 3]})"}}),
                1, {"ComfyUI's graph has no sampler"}) == "");
  const std::string deep =
      "{\"class_type\": " + std::string(200000, '[') + std::string(200000, ']') + "}";
  CHECK(refused(info({{"prompt", deep}}), 1, {"nested deeper than 500 brackets"}) == "");

  const std::string deep_input = whole.substr(0, whole.size() - 1) +
                                 R"(, "1": {"class_type": "X", "inputs": {"a": )" +
                                 std::string(100000, '[') + std::string(100000, ']') + "}}}";
  CHECK(refused(info({{"prompt", deep_input}}), 1, {"nested deeper than 500 brackets"}) == "");

  json loop = simple_graph();  // everything is linked to everything
  for (auto& [id, node] : loop.items()) {
    for (const char* input : {"seed", "steps", "cfg", "text", "model", "latent_image", "positive",
                              "sampler_name", "samples", "images", "width", "ckpt_name"}) {
      node["inputs"][input] = {id == "3" ? "8" : "3", 0};
    }
  }
  CHECK(info({{"prompt", loop.dump()}}).status == 0);

  json odd = simple_graph();
  odd["3"]["inputs"].update(
      {{"seed", -1e300}, {"steps", "many"}, {"cfg", json::array({1, 2, 3})}, {"denoise", -4}});
  odd["5"]["inputs"].update({{"width", 7}, {"height", nullptr}, {"batch_size", 1e30}});
  odd["6"]["inputs"]["text"] = "\x1b[31m`rm`";
  const Outcome outcome = info({{"prompt", odd.dump()}});
  CHECK(outcome.status == 0);
  CHECK(has(last_line(outcome.out), "--prompt $'\\x1b[31m`rm`'"));
  CHECK(has(outcome.out, "seed -1e+300 is not taken"));

  // ComfyUI takes `steps` at every strength, so diffusers' number of them is without bound.
  odd = simple_graph();
  odd["3"]["inputs"].update({{"denoise", 1e-9}, {"latent_image", {"10", 0}}});
  odd["10"] = {{"class_type", "VAEEncode"}, {"inputs", {{"pixels", {"11", 0}}}}};
  odd["11"] = {{"class_type", "LoadImage"}, {"inputs", {{"image", "a.png"}}}};
  const Outcome faint = info({{"prompt", odd.dump()}});
  CHECK(faint.status == 0);
  CHECK(has(faint.out, "steps"));
  CHECK(has(faint.out, "is not taken: --steps: expected a whole number from 1"));

  odd = simple_graph();
  odd["6"]["inputs"]["clip"] = {"10", 0};
  odd["10"] = {{"class_type", "CLIPSetLastLayer"},
               {"inputs", {{"stop_at_clip_layer", -1e300}, {"clip", {"4", 1}}}}};
  CHECK(has(info({{"prompt", odd.dump()}}).out, "CLIPSetLastLayer -1000000: "));

  const std::string binary("Steps: \x01\x02, Sampler: \xff, CFG scale: \"\\", 35);
  CHECK(info({{"parameters", binary}}).status == 0);
  CHECK(info({{"parameters", ""}}).status == 0);
  for (const std::string part : {":", "(", "[", "<lora:", "a: b, ", "\\", "\""}) {
    std::string long_text = "Steps: 1, Sampler: x, Seed: 2, ";
    while (long_text.size() < 300000) long_text += part;
    CHECK(info({{"parameters", long_text}}).status == 0);
    CHECK(info({{"parameters", "(a:1.2) " + long_text}}).status == 0);
  }
}
