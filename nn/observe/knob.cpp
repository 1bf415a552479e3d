#include "nn/observe/knob.h"

namespace nn {

void Knob::on_output(const Module& /*module*/, const Tensor& /*output*/) {}

}  // namespace nn
