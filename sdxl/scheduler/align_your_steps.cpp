#include "sdxl/scheduler/align_your_steps.h"

namespace sdxl {

const std::vector<AlignedSteps>& aligned_steps() {
  static const std::vector<AlignedSteps> schedules = {
      {"ays",
       {999, 845, 730, 587, 443, 310, 193, 116, 53, 13},
       {14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.0}},
      {"ays-sd15",
       {999, 850, 736, 645, 545, 455, 343, 233, 124, 24},
       {14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.0}},
  };
  return schedules;
}

}  // namespace sdxl
