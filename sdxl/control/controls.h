#pragma once

#include <memory>
#include <vector>

#include "sdxl/control/control_net.h"

namespace sdxl {

/// A ControlNet at work: its picture, its strength, and when.
struct Control {
  std::shared_ptr<const ControlNet> net;
  Tensor picture;  // (1, 3, H, W) from 0 to 1, of the size of the image that is drawn
  double scale = 1.0;
  double start = 0.0, end = 1.0;  // shares of the schedule
  int64_t type = 0;               // the picture's kind, for a union ControlNet
};

/// All ControlNets of a run.
struct Controls {
  std::vector<Control> all;
  /// The unconditional half gets no residuals, and the finer a skip, the less is added to it: the
  /// factors rise from 0.1 to 1 by equal ratios, up to the middle.   paper: arXiv 2302.05543, 3.4
  bool guess_mode = false;
};

/// The place of a step in its schedule: from share `begin` to share `end` of it.
struct ScheduleShare {
  double begin = 0.0, end = 1.0;
};

/// The sum of the residuals of all ControlNets that run in this step, each times its scale; empty
/// if none does. A ControlNet runs in the steps that lie wholly within start and end.
///
/// The entries of one union ControlNet are one run, in which it sees all its pictures. Their scales
/// then count inside of it, a picture outside of its steps having scale 0.
///
/// sample (N, 4, h, w), `cond` for N rows
/// Errors: std::invalid_argument for a picture that isn't of the sample's size.
/// diffusers: pipelines/controlnet/pipeline_controlnet_sd_xl.py, __call__; multicontrolnet.py;
/// pipelines/controlnet/pipeline_controlnet_union_sd_xl.py
ControlResiduals residuals_of(const Controls& controls, const Tensor& sample, float timestep,
                              const Conditioning& cond, const ScheduleShare& step);

/// Zeros for as many rows in front: of the unconditional half in guess mode.
ControlResiduals behind_zeros(const ControlResiduals& residuals);

}  // namespace sdxl
