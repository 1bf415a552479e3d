#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace nn {

/// Sees the inputs and the output of every module while it is alive, and may replace the output:
/// the forward hooks of torch.
///
/// Observers belong to the thread that made them. They may be nested: all of them see each output,
/// a later one as the earlier ones left it.
class Observer {
 public:
  Observer();
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Before the forward runs; torch: register_forward_pre_hook. An observer that needs an input
  /// later copies the tensor, which shares its elements: while it holds the copy, no op takes over
  /// that memory for its result.
  virtual void on_input(const Module& module, Inputs inputs);
  /// When the forward is done; torch: register_forward_hook.
  virtual void on_output(const Module& module, const Tensor& output) = 0;
  /// What the module returns: by default its output.
  virtual Tensor replace(const Module& module, const Tensor& output);
};

const std::vector<Observer*>& active_observers();

/// Keeps the modules' outputs in the order in which they end, and with
/// Keep::inputs_and_outputs their inputs too.
///
/// A module that runs twice (a text encoder, for both prompts) gets one entry: the later tensor is
/// concatenated to the earlier one along the batch.
class Recorder : public Observer {
 public:
  struct Entry {
    std::string path;  // of an input: "inputs/PATH/NAME"
    Tensor tensor;
  };
  using Filter = std::function<bool(const std::string& path)>;
  enum class Keep { outputs, inputs_and_outputs };

  /// Keeps all modules, or those whose path the filter accepts.
  explicit Recorder(Filter filter = nullptr, Keep keep = Keep::outputs);
  void on_input(const Module& module, Inputs inputs) override;
  void on_output(const Module& module, const Tensor& output) override;

  /// Outputs.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Inputs, in the order in which the modules begin; an absent argument has no entry.
  const std::vector<Entry>& inputs() const { return inputs_; }
  /// The output of a path, or an input as "inputs/PATH/NAME"; null where there is none.
  const Tensor* find(const std::string& path) const;

 private:
  Filter filter_;
  Keep keep_;
  std::vector<Entry> entries_, inputs_;
};

/// Finds the first module whose output has a NaN or an infinity.
class NonFiniteFinder : public Observer {
 public:
  void on_output(const Module& module, const Tensor& output) override;
  bool found() const { return found_; }
  const std::string& path() const { return path_; }

 private:
  bool found_ = false;
  std::string path_;
};

}  // namespace nn
