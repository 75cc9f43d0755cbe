// Everything that a run gives, kept: for tests.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "forward/engine.h"

namespace fairprune {

// The taps by (layer, site), [N, F], and the logits of every node, [N, V].
struct Record : public TapSink {
  std::map<std::pair<int32_t, TapSite>, Tensor> taps;
  std::vector<std::pair<int32_t, TapSite>> order;  // of the taps
  Tensor logits;

  static Tensor Copy(ConstMatrixView view) {
    Tensor copy({view.rows, view.cols});
    for (int64_t i = 0; i < view.rows; ++i) {
      std::copy_n(view.row(i), view.cols, copy.matrix().row(i));
    }
    return copy;
  }
  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    taps[{layer, site}] = Copy(values);
    order.emplace_back(layer, site);
  }
};

// Asks for all nodes' logits and all taps; lives as long as the runs that it takes part in.
class Recorder {
 public:
  Recorder(const Engine& engine, const Forest& forest, const NeuronMask* mask = nullptr)
      : forest_(forest), nodes_(static_cast<size_t>(forest.size())) {
    const int64_t vocab = engine.config().vocab_size;
    record.logits = Tensor::Zeros({forest.size(), vocab});
    std::iota(nodes_.begin(), nodes_.end(), 0);
    options_.mask = mask;
    options_.taps = &record;
    options_.logit_nodes = nodes_;
    options_.logits = [this, vocab](std::span<const int32_t> rows, ConstMatrixView logits) {
      for (size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(logits.row(static_cast<int64_t>(i)), vocab,
                    record.logits.matrix().row(rows[i]));
      }
    };
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  ForestRun run() const { return {&forest_, options_}; }
  Record record;

 private:
  const Forest& forest_;
  std::vector<int32_t> nodes_;
  RunOptions options_;
};

inline Result<Record> RunRecorded(const Engine& engine, const Forest& forest,
                                  const NeuronMask* mask = nullptr) {
  Recorder recorder(engine, forest, mask);
  FP_RETURN_IF_ERROR(engine.Run(forest, recorder.run().options));
  return std::move(recorder.record);
}

}  // namespace fairprune
