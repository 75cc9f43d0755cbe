// Small models of random weights in memory, of any config, and what they compute as plain loops in
// f64: for tests.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "forward/neuron_mask.h"
#include "model/model.h"

namespace fairprune {

struct NormPlaces {
  bool before = true;  // attention and MLP
  bool after = false;
};

// Owns what its `model` refers to; must not be moved while that is in use.
class RandomModel {
 public:
  RandomModel(const ModelConfig& config, NormPlaces norms, uint32_t seed) : generator_(seed) {
    model.config = config;
    const int64_t d = config.hidden_size;
    Add(Role::kTokenEmbedding, -1, {config.vocab_size, d}, 0, 1.0F);
    Add(Role::kFinalNorm, -1, {d}, 1, 0.3F);
    if (!config.tie_word_embeddings) Add(Role::kLmHead, -1, {config.vocab_size, d}, 0, 0.2F);
    for (int32_t l = 0; l < config.num_layers; ++l) AddLayer(l, norms);
  }

  Model model;
  const std::vector<float>* Find(Role role, int32_t layer = -1) const {
    const auto found = values_.find({role, layer});
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  void AddLayer(int32_t l, NormPlaces norms) {
    const ModelConfig& c = model.config;
    const int64_t d = c.hidden_size;
    const int64_t f = c.intermediate_size;
    const int64_t q = c.num_heads * c.head_dim;
    const int64_t kv = c.num_kv_heads * c.head_dim;
    if (norms.before) Add(Role::kAttentionNorm, l, {d}, 1, 0.3F);
    if (norms.before) Add(Role::kMlpNorm, l, {d}, 1, 0.3F);
    if (norms.after) Add(Role::kAttentionPostNorm, l, {d}, 1, 0.3F);
    if (norms.after) Add(Role::kMlpPostNorm, l, {d}, 1, 0.3F);
    Add(Role::kQuery, l, {q, d}, 0, 0.25F);
    Add(Role::kKey, l, {kv, d}, 0, 0.25F);
    Add(Role::kValue, l, {kv, d}, 0, 0.25F);
    Add(Role::kAttentionOut, l, {d, q}, 0, 0.25F);
    Add(Role::kGate, l, {f, d}, 0, 0.25F);
    Add(Role::kUp, l, {f, d}, 0, 0.25F);
    Add(Role::kDown, l, {d, f}, 0, 0.2F);
    if (c.qk_norm != QkNorm::kNone) {
      const bool whole = c.qk_norm == QkNorm::kWhole;
      Add(Role::kQueryNorm, l, {whole ? q : c.head_dim}, 1, 0.3F);
      Add(Role::kKeyNorm, l, {whole ? kv : c.head_dim}, 1, 0.3F);
    }
    if (c.attention_bias) {
      Add(Role::kQueryBias, l, {q}, 0, 0.3F);
      Add(Role::kKeyBias, l, {kv}, 0, 0.3F);
      Add(Role::kValueBias, l, {kv}, 0, 0.3F);
      Add(Role::kAttentionOutBias, l, {d}, 0, 0.3F);
    }
    if (c.mlp_bias) {
      Add(Role::kGateBias, l, {f}, 0, 0.3F);
      Add(Role::kUpBias, l, {f}, 0, 0.3F);
      Add(Role::kDownBias, l, {d}, 0, 0.3F);
    }
  }

  void Add(Role role, int32_t layer, Shape shape, float mean, float deviation) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float>& values = values_[{role, layer}];
    values.resize(static_cast<size_t>(NumElements(shape)));
    for (float& value : values) value = normal(generator_);
    auto entry = std::make_unique<TensorEntry>();
    entry->name = std::string(NameOf(role));
    entry->shape = shape;
    entry->bytes = std::as_bytes(std::span<const float>(values));
    WeightRef ref{.role = role, .layer = layer, .entry = entry.get()};
    ref.shape = std::move(shape);
    model.weights.push_back(std::move(ref));
    entries_.push_back(std::move(entry));
  }

  std::mt19937 generator_;
  std::map<std::pair<Role, int32_t>, std::vector<float>> values_;
  std::vector<std::unique_ptr<TensorEntry>> entries_;
};

// What one sequence gives: [T][V], and per layer [T][F].
struct Reference {
  std::vector<std::vector<double>> logits;
  std::vector<std::vector<std::vector<double>>> gate, up, act;
};

class ReferenceForward {
 public:
  using Row = std::vector<double>;
  using Rows = std::vector<Row>;

  explicit ReferenceForward(const RandomModel& model) : m_(model), c_(model.model.config) {}

  // Called with the input of down_proj at position t, which it may change.
  std::function<void(int32_t layer, size_t t, Row& act)> change_act;

  Reference Run(const std::vector<int32_t>& tokens, const NeuronMask* mask = nullptr) const {
    Reference result;
    const auto d = static_cast<size_t>(c_.hidden_size);
    Rows hidden;
    for (const int32_t token : tokens) {
      Row& row = hidden.emplace_back(d);
      const float* from = m_.Find(Role::kTokenEmbedding)->data() + static_cast<size_t>(token) * d;
      for (size_t i = 0; i < d; ++i) row[i] = from[i] * c_.embedding_multiplier;
    }
    for (int32_t layer = 0; layer < c_.num_layers; ++layer) {
      AddOutput(Attention(hidden, layer), Role::kAttentionPostNorm, layer, hidden);
      AddOutput(Mlp(hidden, layer, mask, result), Role::kMlpPostNorm, layer, hidden);
    }
    for (const Row& row : Norm(hidden, Role::kFinalNorm, -1)) {
      const Role head = c_.tie_word_embeddings ? Role::kTokenEmbedding : Role::kLmHead;
      Row& logits = result.logits.emplace_back(Product(head, -1, row));
      for (double& logit : logits) logit = Cap(logit / c_.logit_divisor, c_.logit_softcap);
    }
    return result;
  }

 private:
  static double Cap(double x, double cap) { return cap > 0 ? cap * std::tanh(x / cap) : x; }

  // W x + b, without b where there is no such role.
  Row Product(Role role, int32_t layer, const Row& x, Role bias = Role::kFinalNorm) const {
    const std::vector<float>& w = *m_.Find(role, layer);
    Row y(w.size() / x.size());
    for (size_t i = 0; i < y.size(); ++i) {
      for (size_t j = 0; j < x.size(); ++j) y[i] += w[i * x.size() + j] * x[j];
    }
    const std::vector<float>* b = layer < 0 ? nullptr : m_.Find(bias, layer);
    for (size_t i = 0; b != nullptr && i < y.size(); ++i) y[i] += (*b)[i];
    return y;
  }

  // Every group of the weight's size on its own; nothing where there is no such norm.
  Rows Norm(Rows rows, Role role, int32_t layer) const {
    const std::vector<float>* w = m_.Find(role, layer);
    if (w == nullptr) return rows;
    for (Row& row : rows) {
      for (size_t first = 0; first < row.size(); first += w->size()) {
        double squares = 0;
        for (size_t i = 0; i < w->size(); ++i) squares += row[first + i] * row[first + i];
        const double mean = squares / static_cast<double>(w->size());
        for (size_t i = 0; i < w->size(); ++i) {
          row[first + i] *= (*w)[i] / std::sqrt(mean + c_.rms_norm_eps);
        }
      }
    }
    return rows;
  }

  void AddOutput(const Rows& output, Role post_norm, int32_t layer, Rows& hidden) const {
    const Rows normed = Norm(output, post_norm, layer);
    for (size_t t = 0; t < hidden.size(); ++t) {
      for (size_t i = 0; i < hidden[t].size(); ++i) {
        hidden[t][i] += c_.residual_multiplier * normed[t][i];
      }
    }
  }

  // Turns each head of each row by its position.
  void Rotate(Rows& rows, int32_t rope) const {
    if (rope == LayerAttention::kNoRope) return;
    const RopeConfig& r = c_.ropes[static_cast<size_t>(rope)];
    const bool is_long = r.type == RopeType::kLongRope &&
                         static_cast<int64_t>(rows.size()) > r.original_max_position_embeddings;
    const std::vector<float> frequencies = RotaryFrequencies(r, c_.rotary_dim, is_long);
    const size_t half = frequencies.size();
    for (size_t t = 0; t < rows.size(); ++t) {
      for (size_t h = 0; h < rows[t].size(); h += static_cast<size_t>(c_.head_dim)) {
        for (size_t i = 0; i < half; ++i) {
          const double angle = static_cast<float>(t) * frequencies[i];  // f32, as transformers
          const double cos = std::cos(angle) * r.attention_factor;
          const double sin = std::sin(angle) * r.attention_factor;
          const double a = rows[t][h + i];
          const double b = rows[t][h + half + i];
          rows[t][h + i] = a * cos - b * sin;
          rows[t][h + half + i] = b * cos + a * sin;
        }
      }
    }
  }

  Rows Attention(const Rows& hidden, int32_t layer) const {
    const LayerAttention& attention = c_.attention[static_cast<size_t>(layer)];
    Rows q;
    Rows k;
    Rows v;
    for (const Row& x : Norm(hidden, Role::kAttentionNorm, layer)) {
      q.push_back(Product(Role::kQuery, layer, x, Role::kQueryBias));
      k.push_back(Product(Role::kKey, layer, x, Role::kKeyBias));
      v.push_back(Product(Role::kValue, layer, x, Role::kValueBias));
    }
    q = Norm(std::move(q), Role::kQueryNorm, layer);
    k = Norm(std::move(k), Role::kKeyNorm, layer);
    Rotate(q, attention.rope);
    Rotate(k, attention.rope);
    Rows out;
    for (size_t t = 0; t < hidden.size(); ++t) {
      Row mixed(q[t].size());
      for (int64_t h = 0; h < c_.num_heads; ++h) MixHead(q[t], k, v, t, h, attention.window, mixed);
      out.push_back(Product(Role::kAttentionOut, layer, mixed, Role::kAttentionOutBias));
    }
    return out;
  }

  void MixHead(const Row& q, const Rows& k, const Rows& v, size_t t, int64_t h, int64_t window,
               Row& mixed) const {
    const auto e = static_cast<size_t>(c_.head_dim);
    const size_t q_first = static_cast<size_t>(h) * e;
    const size_t kv_first = static_cast<size_t>(h / (c_.num_heads / c_.num_kv_heads)) * e;
    double sum = 0;
    for (size_t j = 0; j <= t; ++j) {
      if (window > 0 && static_cast<int64_t>(t - j) >= window) continue;
      double score = 0;
      for (size_t i = 0; i < e; ++i) score += q[q_first + i] * k[j][kv_first + i];
      const double weight = std::exp(Cap(score * c_.attention_scale, c_.attention_softcap));
      sum += weight;
      for (size_t i = 0; i < e; ++i) mixed[q_first + i] += weight * v[j][kv_first + i];
    }
    for (size_t i = 0; i < e; ++i) mixed[q_first + i] /= sum;
  }

  double Gate(double x) const {
    switch (c_.activation) {
      case Activation::kSilu:
        return x / (1 + std::exp(-x));
      case Activation::kGeluTanh:
        return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
      case Activation::kGelu:
        return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
    }
    return NAN;
  }

  Rows Mlp(const Rows& hidden, int32_t layer, const NeuronMask* mask, Reference& result) const {
    Rows& gates = result.gate.emplace_back();
    Rows& ups = result.up.emplace_back();
    Rows& acts = result.act.emplace_back();
    Rows out;
    for (const Row& x : Norm(hidden, Role::kMlpNorm, layer)) {
      gates.push_back(Product(Role::kGate, layer, x, Role::kGateBias));
      ups.push_back(Product(Role::kUp, layer, x, Role::kUpBias));
      Row& act = acts.emplace_back(gates.back().size());
      for (size_t f = 0; f < act.size(); ++f) {
        const bool removed = mask != nullptr && mask->removed(layer, static_cast<int64_t>(f));
        act[f] = removed ? 0 : Gate(gates.back()[f]) * ups.back()[f];
      }
      if (change_act) change_act(layer, acts.size() - 1, act);
      out.push_back(Product(Role::kDown, layer, act, Role::kDownBias));
    }
    return out;
  }

  const RandomModel& m_;
  const ModelConfig& c_;
};

}  // namespace fairprune
