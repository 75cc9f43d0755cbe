"""config.json files for make_config_facts.py: those of published models, and variants that show rules
and defaults of the configuration classes."""

CAUSAL = {"initializer_range": 0.02, "use_cache": True, "torch_dtype": "bfloat16", "attention_dropout": 0.0}


def config(model_class, model_type, widths, **more):
    """`widths`: layers, D, F, H, K, V, positions."""
    layers, d, f, h, k, v, positions = widths
    return CAUSAL | {
        "architectures": [model_class], "model_type": model_type, "num_hidden_layers": layers,
        "hidden_size": d, "intermediate_size": f, "num_attention_heads": h, "num_key_value_heads": k,
        "vocab_size": v, "max_position_embeddings": positions} | more


def without(config, *keys):
    return {k: v for k, v in config.items() if k not in keys}


def llama(*widths, **more):
    return config("LlamaForCausalLM", "llama", widths, attention_bias=False, mlp_bias=False,
                  hidden_act="silu", rms_norm_eps=1e-5, pretraining_tp=1, **more)


def phi3(*widths, **more):
    code = {"AutoConfig": "configuration_phi3.Phi3Config",
            "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"}
    return config("Phi3ForCausalLM", "phi3", widths, auto_map=code, attention_bias=False, embd_pdrop=0.0,
                  resid_pdrop=0.0, hidden_act="silu", rms_norm_eps=1e-5, bos_token_id=1,
                  eos_token_id=32000, pad_token_id=32000, rope_theta=10000.0,
                  original_max_position_embeddings=4096, tie_word_embeddings=False, **more)


LLAMA3_ROPE = {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
               "original_max_position_embeddings": 8192, "rope_type": "llama3"}
SIGLIP = {"hidden_size": 1152, "image_size": 896, "intermediate_size": 4304,
          "model_type": "siglip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 27,
          "patch_size": 14, "vision_use_head": False}


def longrope(pairs=48):
    """Invented factors of the published number and size."""
    return {"long_factor": [1 + i * 1.25 for i in range(pairs)], "type": "longrope",
            "short_factor": [1 + i * 0.04 for i in range(pairs)]}


def gemma3_multimodal(text, **more):
    return {"architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999,
            "eoi_token_index": 256000, "eos_token_id": [1, 106], "image_token_index": 262144,
            "initializer_range": 0.02, "mm_tokens_per_image": 256, "model_type": "gemma3",
            "text_config": {"model_type": "gemma3_text"} | text, "torch_dtype": "bfloat16",
            "transformers_version": "4.50.0.dev0", "vision_config": SIGLIP} | more


PUBLISHED = {
    "Llama-3.2-1B": llama(16, 2048, 8192, 32, 8, 128256, 131072, head_dim=64, rope_theta=500000.0,
                          rope_scaling=LLAMA3_ROPE, tie_word_embeddings=True, bos_token_id=128000,
                          eos_token_id=128001),
    "SmolLM2-135M": llama(30, 576, 1536, 9, 3, 49152, 8192, is_llama_config=True, rope_interleaved=False,
                          rope_scaling=None, rope_theta=100000, tie_word_embeddings=True, bos_token_id=0,
                          eos_token_id=0),
    "salamandra-2b": llama(24, 2048, 5440, 16, 16, 256000, 8192, rope_scaling=None, rope_theta=10000.0,
                           tie_word_embeddings=False, bos_token_id=1, eos_token_id=2),
    "SmolLM3-3B": config("SmolLM3ForCausalLM", "smollm3", (36, 2048, 11008, 16, 4, 128256, 65536),
                         attention_bias=False, mlp_bias=False, hidden_act="silu", rms_norm_eps=1e-6,
                         layer_types=["full_attention"] * 36, max_window_layers=28,
                         no_rope_layer_interval=4, no_rope_layers=[1, 1, 1, 0] * 9, pad_token_id=128004,
                         pretraining_tp=2, rope_scaling=None, rope_theta=5000000.0, sliding_window=None,
                         use_sliding_window=False, eos_token_id=128012),
    "Mistral-7B-v0.1": without(config(
        "MistralForCausalLM", "mistral", (32, 4096, 14336, 32, 8, 32000, 32768), hidden_act="silu",
        rms_norm_eps=1e-5, rope_theta=10000.0, sliding_window=4096, tie_word_embeddings=False),
        "attention_dropout"),
    "Mistral-7B-v0.3": config(
        "MistralForCausalLM", "mistral", (32, 4096, 14336, 32, 8, 32768, 32768), hidden_act="silu",
        rms_norm_eps=1e-5, rope_theta=1000000.0, sliding_window=None, tie_word_embeddings=False),
    "Qwen2.5-0.5B": config(
        "Qwen2ForCausalLM", "qwen2", (24, 896, 4864, 14, 2, 151936, 32768), hidden_act="silu",
        rms_norm_eps=1e-6, rope_theta=1000000.0, sliding_window=32768, max_window_layers=24,
        use_mrope=False, use_sliding_window=False, tie_word_embeddings=True, bos_token_id=151643,
        eos_token_id=151643),
    "Qwen3-0.6B": config(
        "Qwen3ForCausalLM", "qwen3", (28, 1024, 3072, 16, 8, 151936, 40960), attention_bias=False,
        head_dim=128, hidden_act="silu", rms_norm_eps=1e-6, rope_scaling=None, rope_theta=1000000,
        sliding_window=None, max_window_layers=28, use_sliding_window=False, tie_word_embeddings=True,
        bos_token_id=151643, eos_token_id=151645),
    "gemma-2b": config(
        "GemmaForCausalLM", "gemma", (18, 2048, 16384, 8, 1, 256000, 8192), attention_bias=False,
        head_dim=256, hidden_act="gelu", hidden_activation=None, rms_norm_eps=1e-6, rope_scaling=None,
        rope_theta=10000.0, bos_token_id=2, eos_token_id=1, pad_token_id=0),
    "gemma-2-2b": config(
        "Gemma2ForCausalLM", "gemma2", (26, 2304, 9216, 8, 4, 256000, 8192), attention_bias=False,
        attn_logit_softcapping=50.0, cache_implementation="hybrid", final_logit_softcapping=30.0,
        head_dim=256, hidden_act="gelu_pytorch_tanh", hidden_activation="gelu_pytorch_tanh",
        query_pre_attn_scalar=256, rms_norm_eps=1e-6, rope_theta=10000.0, sliding_window=4096,
        bos_token_id=2, eos_token_id=1, pad_token_id=0),
    "gemma-3-1b-it": config(
        "Gemma3ForCausalLM", "gemma3_text", (26, 1152, 6912, 4, 1, 262144, 32768), attention_bias=False,
        attn_logit_softcapping=None, cache_implementation="hybrid", final_logit_softcapping=None,
        head_dim=256, hidden_activation="gelu_pytorch_tanh", query_pre_attn_scalar=256, rms_norm_eps=1e-6,
        rope_local_base_freq=10000, rope_scaling=None, rope_theta=1000000, sliding_window=512,
        sliding_window_pattern=6, bos_token_id=2, eos_token_id=[1, 106], pad_token_id=0),
    "gemma-3-4b-it": gemma3_multimodal(
        {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
         "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}),
    "gemma-3-27b-it": gemma3_multimodal(
        {"head_dim": 128, "hidden_size": 5376, "intermediate_size": 21504, "num_attention_heads": 32,
         "num_hidden_layers": 62, "num_key_value_heads": 16, "query_pre_attn_scalar": 168,
         "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}),
    "Phi-3-mini-4k": phi3(32, 3072, 8192, 32, 32, 32064, 4096, rope_scaling=None, sliding_window=2047),
    "Phi-3-mini-128k": phi3(32, 3072, 8192, 32, 32, 32064, 131072, rope_scaling=longrope(),
                            sliding_window=262144),
    "Phi-3.5-mini": phi3(32, 3072, 8192, 32, 32, 32064, 131072, rope_scaling=longrope(),
                         sliding_window=262144),
    "granite-3.1-2b": config(
        "GraniteForCausalLM", "granite", (40, 2048, 8192, 32, 8, 49155, 131072), attention_bias=False,
        attention_multiplier=0.015625, embedding_multiplier=12.0, hidden_act="silu", logits_scaling=8.0,
        mlp_bias=False, residual_multiplier=0.22, rms_norm_eps=1e-5, rope_scaling=None,
        rope_theta=5000000.0, tie_word_embeddings=True, bos_token_id=0, eos_token_id=0, pad_token_id=0)
        | {"attention_dropout": 0.1},
    "OLMo-2-0425-1B": config(
        "Olmo2ForCausalLM", "olmo2", (16, 2048, 8192, 16, 16, 100352, 4096), attention_bias=False,
        hidden_act="silu", rms_norm_eps=1e-6, rope_scaling=None, rope_theta=500000,
        tie_word_embeddings=False, eos_token_id=100257, pad_token_id=100277),
}


def bare(model_type, layers=4):
    """The sizes, and nothing else: defaults of the class."""
    return {"model_type": model_type, "num_hidden_layers": layers, "hidden_size": 256,
            "intermediate_size": 48, "num_attention_heads": 32, "vocab_size": 130000}


def kinds(pattern):
    """"sf" -> sliding_attention, full_attention."""
    return [{"s": "sliding_attention", "f": "full_attention"}[c] for c in pattern]


VARIANTS = {f"bare-{t}": bare(t) for t in
            ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3", "granite",
             "olmo2", "smollm3")} | {
    "null-kv-heads": bare("qwen2") | {"num_key_value_heads": None},
    "llama-linear": bare("llama") | {"rope_scaling": {"type": "linear", "factor": 4.0}, "attention_bias": True,
                                     "mlp_bias": True},
    "llama-rope-parameters": bare("llama") | {"rope_parameters": LLAMA3_ROPE | {"rope_theta": 3e5}},
    "qwen2-window": bare("qwen2", 5) | {"use_sliding_window": True, "max_window_layers": 3,
                                        "sliding_window": 64},
    "qwen2-layer-types": bare("qwen2") | {"use_sliding_window": True, "sliding_window": 64,
                                          "layer_types": kinds("sffs")},
    "qwen3-window": bare("qwen3") | {"use_sliding_window": True, "max_window_layers": 2,
                                     "attention_bias": True},
    "gemma2-no-caps": bare("gemma2") | {"attn_logit_softcapping": None, "final_logit_softcapping": None,
                                        "query_pre_attn_scalar": 144},
    "gemma2-layer-types": bare("gemma2") | {"layer_types": kinds("ffss"), "sliding_window": 9,
                                            "rope_parameters": {"rope_type": "default", "rope_theta": 5e4}},
    "gemma3-pattern": bare("gemma3_text", 7) | {"sliding_window_pattern": 3, "final_logit_softcapping": 20.0},
    "gemma3-rope-parameters": bare("gemma3_text", 7) | {"rope_parameters": {
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 2e6},
        "sliding_attention": {"rope_type": "default", "rope_theta": 7e3}}},
    "gemma3-bare-multimodal": gemma3_multimodal({"num_hidden_layers": 2}),
    "phi3-partial": bare("phi3") | {"partial_rotary_factor": 0.5},
    "phi3-longrope": bare("phi3") | {
        "max_position_embeddings": 9000, "original_max_position_embeddings": 100,
        "rope_parameters": {"rope_type": "longrope", "partial_rotary_factor": 0.5, "rope_theta": 2e4,
                            "short_factor": [1.0, 1.5], "long_factor": [2.0, 9.0]}},
    "phi3-longrope-factor": bare("phi3") | {
        "original_max_position_embeddings": 100,
        "rope_scaling": longrope(4) | {"factor": 3.0}},
    "phi3-longrope-attention-factor": bare("phi3") | {
        "original_max_position_embeddings": 100,
        "rope_scaling": longrope(4) | {"attention_factor": 1.5}},
    "smollm3-interval": bare("smollm3", 6) | {"no_rope_layer_interval": 3},
    "smollm3-window": bare("smollm3", 8) | {"use_sliding_window": True, "sliding_window": 16},
    "smollm3-layer-types": bare("smollm3") | {
        "no_rope_layers": [0, 1, 0, 1], "layer_types": kinds("sffs"), "sliding_window": 16,
        "use_sliding_window": True},
}
