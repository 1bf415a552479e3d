#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace nn {

/// Receives the inputs and the output of every module as long as it exists, and may replace the
/// output.
///
/// An observer is active in the thread that constructed it. Several may be active: each receives
/// every output, in the order of construction, with the replacements of the earlier ones; those of
/// Place::front come first.
/// torch: forward hooks
class Observer {
 public:
  Observer();
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Called before the forward runs; torch: register_forward_pre_hook. An observer that needs an
  /// input later copies the tensor. The copy shares the elements: as long as it exists, no op
  /// reuses that memory for its result.
  virtual void on_input(const Module& module, Inputs inputs);
  /// Called when the forward is done; torch: register_forward_hook.
  virtual void on_output(const Module& module, const Tensor& output) = 0;
  /// The tensor that the module returns: by default its output.
  virtual Tensor replace(const Module& module, const Tensor& output);

 protected:
  /// In front of all observers that are there. For a change of the network itself: every other
  /// observer, also one that was constructed earlier, receives the changed outputs.
  enum class Place { front };
  explicit Observer(Place place);
};

/// The observers of this thread, in the order in which they are called; none while they are paused.
const std::vector<Observer*>& active_observers();

/// While it exists, the observers of this thread receive nothing: for a computation beside the run
/// that they observe.
class ObserversPaused {
 public:
  ObserversPaused();
  ~ObserversPaused();
  ObserversPaused(const ObserversPaused&) = delete;
  ObserversPaused& operator=(const ObserversPaused&) = delete;

 private:
  bool before_;
};

/// Keeps the outputs of all modules, in the order in which their forwards end. With
/// Keep::inputs_and_outputs it keeps their inputs, too.
///
/// A module that runs twice (a text encoder, for both prompts) gets one entry: the later tensor is
/// concatenated to the earlier one along the batch.
/// Errors: std::runtime_error when a later tensor has another size than the earlier one.
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

  /// The outputs.
  const std::vector<Entry>& entries() const { return entries_; }
  /// The inputs, in the order in which the forwards begin; an absent argument has no entry.
  const std::vector<Entry>& inputs() const { return inputs_; }
  /// The output of a path, or an input as "inputs/PATH/NAME"; null if there is none.
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
