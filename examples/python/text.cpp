// The text encoders and their tokenizer.
#include "examples/python/bind.h"
#include "sdxl/inspect/words.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/text/clip_tokenizer.h"

namespace glassbox {

namespace {

using namespace sdxl;  // NOLINT: the classes that are bound

nb::dict config_of(const CLIPTextModel& model) {
  const ClipTextConfig& c = model.config();
  nb::dict d;
  std::vector<std::string> names = {"CLIPTextModel"};
  if (c.projection_dim > 0) names = {"CLIPTextModelWithProjection"};
  d["architectures"] = names;
  d["vocab_size"] = c.vocab_size;
  d["max_position_embeddings"] = c.max_position_embeddings;
  d["hidden_size"] = c.hidden_size;
  d["intermediate_size"] = c.intermediate_size;
  d["num_hidden_layers"] = c.num_hidden_layers;
  d["num_attention_heads"] = c.num_attention_heads;
  d["hidden_act"] = c.hidden_act == ClipActivation::gelu ? "gelu" : "quick_gelu";
  d["layer_norm_eps"] = shortest(c.layer_norm_eps);
  d["eos_token_id"] = c.eos_token_id;
  if (c.projection_dim > 0) d["projection_dim"] = c.projection_dim;
  return d;
}

/// A model of a config, with token ids (N, S) in.
template <class Model>
nb::class_<Model, nn::Module> bind_of_ids(nb::module_& m, const char* name) {
  return layer<Model>(m, name).template init_of_config<&ClipTextConfig::read>().def(
      "__call__",
      [](const Model& self, const Array& input_ids) {
        const auto ids = ids_of(input_ids, "input_ids");
        return run([&] { return self.forward(ids); });
      },
      "input_ids"_a);
}

void bind_encoder(nb::module_& m) {
  nb::class_<TextFeatures>(m, "TextFeatures", header_comment("TextFeatures"))
      .def_prop_ro("last_hidden_state",
                   [](const TextFeatures& self) { return array_of(self.last_hidden_state); })
      .def_prop_ro("pooled", [](const TextFeatures& self) { return array_of(self.pooled); })
      .def_prop_ro("hidden_states", [](const TextFeatures& self) {
        return nb::tuple(nb::cast(self.hidden_states));
      });
  layer<CLIPAttention>(m, "CLIPAttention")
      .init<int64_t, int64_t>("embed_dim"_a, "num_heads"_a)
      .call("hidden_states")
      .def_prop_ro("heads", &CLIPAttention::heads);
  layer<CLIPMLP>(m, "CLIPMLP").init_of_config<&ClipTextConfig::read>().call("hidden_states");
  layer<CLIPEncoderLayer>(m, "CLIPEncoderLayer")
      .init_of_config<&ClipTextConfig::read>()
      .call("hidden_states");
  layer<CLIPEncoder>(m, "CLIPEncoder")
      .init_of_config<&ClipTextConfig::read>()
      .def(
          "__call__",
          [](const CLIPEncoder& self, const Array& inputs_embeds) {
            const Tensor x = needed(inputs_embeds, "inputs_embeds");
            return run([&] {
              std::vector<Tensor> hidden_states;
              return self.forward(x, hidden_states);
            });
          },
          "inputs_embeds"_a);
  bind_of_ids<CLIPTextEmbeddings>(m, "CLIPTextEmbeddings");
  bind_of_ids<CLIPTextTransformer>(m, "CLIPTextTransformer");
  bind_of_ids<CLIPTextModel>(m, "CLIPTextModel").def_prop_ro("config", &config_of);
}

}  // namespace

void bind_text(nb::module_& m) {
  bind_encoder(m);
  nb::class_<ClipTokenizer::Encoding>(m, "Encoding", "A prompt's tokens.")
      .def_ro("ids", &ClipTokenizer::Encoding::ids)
      .def_ro("pieces", &ClipTokenizer::Encoding::pieces)
      .def_ro("cut_off", &ClipTokenizer::Encoding::cut_off, "The pieces beyond the limit.")
      .def_prop_ro(
          "words",
          [](const ClipTokenizer::Encoding& self) {
            std::vector<std::pair<std::string, std::vector<int64_t>>> words;
            for (const Word& word : words_of(self)) words.emplace_back(word.text, word.tokens);
            return words;
          },
          "(word, positions of its tokens), without the start, end and padding tokens.")
      .def("__repr__", [](const ClipTokenizer::Encoding& self) {
        return nb::module_::import_("glassbox.display")
            .attr("tokens")(nb::cast(self.pieces), nb::cast(self.ids));
      });
  nb::class_<ClipTokenizer>(m, "ClipTokenizer", header_comment("ClipTokenizer"))
      .def(nb::new_([](const std::optional<std::filesystem::path>& folder,
                       const std::string& pad_token) {
             return folder ? ClipTokenizer::load(*folder) : ClipTokenizer::openai(pad_token);
           }),
           "folder"_a.none() = nb::none(), "pad_token"_a = "<|endoftext|>",
           "Of a folder, or with the vocabulary of OpenAI's CLIP.")
      .def_prop_ro("max_length", &ClipTokenizer::max_length)
      .def("__call__", &ClipTokenizer::encode, "prompt"_a)
      .def("encode", &ClipTokenizer::encode, "prompt"_a);
}

}  // namespace glassbox
