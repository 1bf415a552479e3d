// The C API of the page. Every function returns 0, or 1 with a sentence in gb_error().
//
// Text goes in and out as UTF-8, options and results as JSON. What a function returns by address is
// valid until the next call.

#include <emscripten.h>

#include <new>

#include "examples/web/api/session.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/scheduler/scheduler.h"
#include "sdxl/version.h"
#include "tensor/error.h"

namespace {

std::string last_error, result;
web::Tensor tensor_shown;
tensor::Image image_shown;

template <class Body>
int guarded(const Body& body) {
  try {
    body();
    return 0;
  } catch (const std::bad_alloc&) {
    last_error =
        "The memory that the browser gives this page is used up: a smaller picture, or fewer open "
        "pages.";
  } catch (const nlohmann::json::exception& error) {
    last_error = std::string("options: ") + error.what();
  } catch (const std::exception& error) {
    last_error = error.what();
  }
  return 1;
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE const char* gb_error() { return last_error.c_str(); }
EMSCRIPTEN_KEEPALIVE const char* gb_result() { return result.c_str(); }
EMSCRIPTEN_KEEPALIVE const char* gb_version() { return sdxl::version; }

/// Opens the model of a folder, in place of the one that was open.
EMSCRIPTEN_KEEPALIVE int gb_open(const char* folder) {
  return guarded([&] {
    web::Session& s = web::session();
    s = {};
    s.base = std::make_unique<sdxl::StableDiffusionXL>(sdxl::open_checkpoint(folder));
    s.colours = std::make_unique<sdxl::LatentColours>(*s.base->vae);
  });
}

EMSCRIPTEN_KEEPALIVE int gb_open_refiner(const char* folder) {
  return guarded([&] {
    web::session().refiner =
        std::make_unique<sdxl::StableDiffusionXL>(sdxl::open_checkpoint(folder), "refiner");
  });
}

/// Result: the names of the schedulers and the model's own size.
EMSCRIPTEN_KEEPALIVE int gb_about() {
  return guarded([&] {
    const sdxl::PixelSize size = web::session().model().default_size();
    result =
        web::json{
            {"schedulers", sdxl::scheduler_names()}, {"height", size.height}, {"width", size.width}}
            .dump();
  });
}

/// Draws: see web::draw. The picture is shown.
EMSCRIPTEN_KEEPALIVE int gb_draw(const char* options) {
  return guarded([&] {
    result = web::draw(web::json::parse(options)).dump();
    image_shown = web::session().run.picture;
  });
}

/// Keeps the last run, to compare another one with it; and exchanges the two.
EMSCRIPTEN_KEEPALIVE void gb_keep() { web::session().kept = web::session().run; }
EMSCRIPTEN_KEEPALIVE void gb_swap() { std::swap(web::session().run, web::session().kept); }

/// A step of the last run, from the inside; step -1 is the decoder.
EMSCRIPTEN_KEEPALIVE int gb_look(int step, double timestep) {
  return guarded([&] { step < 0 ? web::look_at_decoder() : web::look(step, timestep); });
}

/// The predicted x_0 of a step, decoded. The picture is shown.
EMSCRIPTEN_KEEPALIVE int gb_predicted(int step) {
  return guarded([&] { image_shown = web::predicted_picture(step); });
}

EMSCRIPTEN_KEEPALIVE int gb_tree(const char* component) {
  return guarded([&] { result = web::tree(component).dump(); });
}
EMSCRIPTEN_KEEPALIVE int gb_describe(const char* path) {
  return guarded([&] { result = web::describe(path).dump(); });
}
EMSCRIPTEN_KEEPALIVE int gb_tokens(const char* text) {
  return guarded([&] { result = web::tokens_of(text).dump(); });
}

/// A tensor by name: see web::tensor_of. Result: its shape.
EMSCRIPTEN_KEEPALIVE int gb_tensor(const char* name) {
  return guarded([&] {
    tensor_shown = web::tensor_of(name);
    const tensor::Shape& shape = tensor_shown.shape();
    result = web::json(std::vector<int64_t>(shape.begin(), shape.end())).dump();
  });
}
EMSCRIPTEN_KEEPALIVE const float* gb_values() { return tensor_shown.data(); }

EMSCRIPTEN_KEEPALIVE const uint8_t* gb_pixels() { return image_shown.pixels.data(); }
EMSCRIPTEN_KEEPALIVE int gb_height() { return static_cast<int>(image_shown.height); }
EMSCRIPTEN_KEEPALIVE int gb_width() { return static_cast<int>(image_shown.width); }
}
