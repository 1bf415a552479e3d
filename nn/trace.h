#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace nn {

/// Sees every module's output while it is alive, and may replace it. Observers belong to the thread
/// that made them; they may be nested, and all of them see each output, the later ones as the
/// earlier left it.
class Observer {
 public:
  Observer();
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  virtual void on_output(const Module& module, const Tensor& output) = 0;
  /// What the module returns: its output, unless an observer knows better.
  virtual Tensor replace(const Module& module, const Tensor& output);
};

const std::vector<Observer*>& active_observers();

/// Keeps the modules' outputs in the order in which they end, as torch's forward hooks would see
/// them.
///
/// A module that runs twice (a text encoder, for both prompts) gets one entry: the later output is
/// stacked below the earlier along the batch.
class Recorder : public Observer {
 public:
  struct Entry {
    std::string path;
    Tensor output;
  };
  using Filter = std::function<bool(const std::string& path)>;

  /// Keeps all outputs, or those whose path the filter accepts. `prefix` is put before each path.
  explicit Recorder(std::string prefix = "", Filter filter = nullptr);
  void on_output(const Module& module, const Tensor& output) override;

  const std::vector<Entry>& entries() const { return entries_; }
  /// The entry of a path, or null.
  const Tensor* find(const std::string& path) const;

 private:
  std::string prefix_;
  Filter filter_;
  std::vector<Entry> entries_;
};

/// Remembers the first module whose output held a NaN or an infinity.
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
