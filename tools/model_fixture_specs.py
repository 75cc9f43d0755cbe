"""The tiny models of make_model_fixtures.py: what transformers' configs are given, by name."""

COMMON = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              vocab_size=96, max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0)
SMALL = {**COMMON, "hidden_size": 16, "num_attention_heads": 2, "num_key_value_heads": 1,
         "intermediate_size": 24}
LLAMA3_ROPE = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0,
                   high_freq_factor=4.0, original_max_position_embeddings=64)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, partial_rotary_factor=0.5,
                original_max_position_embeddings=8, short_factor=[1.0, 1.1, 1.3, 1.6],
                long_factor=[1.0, 1.5, 2.5, 4.0])
# Layers 0-4 and 6 see a window of 5 and rotate by theta 8000, layer 5 sees all and rotates slower.
GEMMA3 = dict(head_dim=8, sliding_window=5, rope_parameters=dict(
    sliding_attention=dict(rope_type="default", rope_theta=8000.0),
    full_attention=dict(rope_type="linear", rope_theta=100000.0, factor=8.0)))

MODELS = {
    # Tied head, llama3 rotary scaling; F is a multiple of 32, so that Q8_0 fits every row.
    "llama": dict(COMMON, model_type="llama", intermediate_size=64, head_dim=16,
                  tie_word_embeddings=True, rope_parameters=LLAMA3_ROPE),
    # Everything optional switched on: biases, a head width that is not D / H, linear scaling.
    "llama_untied": dict(COMMON, model_type="llama", intermediate_size=44, head_dim=12,
                         num_key_value_heads=1, tie_word_embeddings=False, mlp_bias=True,
                         attention_bias=True,
                         rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=2.0)),
    # Plain rotary embedding, as many key-value heads as heads, config.json spelled as transformers 4.
    "llama_plain": dict(COMMON, model_type="llama", intermediate_size=48, num_key_value_heads=4,
                        tie_word_embeddings=False,
                        rope_parameters=dict(rope_type="default", rope_theta=50000.0)),
    "mistral": dict(COMMON, model_type="mistral", intermediate_size=48, head_dim=12, sliding_window=5),
    "qwen2": dict(COMMON, model_type="qwen2", intermediate_size=48, tie_word_embeddings=True,
                  rope_parameters=dict(rope_type="default", rope_theta=1e6)),
    # Layers from max_window_layers on have a window.
    "qwen2_window": dict(SMALL, model_type="qwen2", num_hidden_layers=3, tie_word_embeddings=False,
                         use_sliding_window=True, sliding_window=4, max_window_layers=1),
    "qwen3": dict(COMMON, model_type="qwen3", intermediate_size=48, head_dim=12, tie_word_embeddings=True),
    "gemma": dict(COMMON, model_type="gemma", intermediate_size=48, head_dim=12),
    "gemma2": dict(SMALL, model_type="gemma2", head_dim=12, query_pre_attn_scalar=12, sliding_window=5,
                   num_hidden_layers=4, attn_logit_softcapping=5.0, final_logit_softcapping=3.0),
    "gemma3": dict(SMALL, **GEMMA3, model_type="gemma3_text", query_pre_attn_scalar=8, num_hidden_layers=7),
    "phi3": dict(COMMON, model_type="phi3", intermediate_size=64, sliding_window=5,
                 rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
    "phi3_longrope": dict(SMALL, model_type="phi3", hidden_size=32, max_position_embeddings=64,
                          original_max_position_embeddings=8, rope_parameters=LONGROPE),
    "granite": dict(COMMON, model_type="granite", intermediate_size=48, embedding_multiplier=3.0,
                    attention_multiplier=0.2, residual_multiplier=0.4, logits_scaling=2.0),
    "olmo2": dict(COMMON, model_type="olmo2", intermediate_size=48),
    "smollm3": dict(SMALL, model_type="smollm3", num_hidden_layers=4, no_rope_layers=[1, 1, 1, 0],
                    tie_word_embeddings=True),
    "sharded": dict(SMALL, model_type="llama", tie_word_embeddings=False),
    # The text half of a model that also reads images: its query scale is not 1 / sqrt(E).
    "gemma3_multimodal": dict(
        model_type="gemma3",
        text_config=dict(SMALL, **GEMMA3, num_hidden_layers=3, query_pre_attn_scalar=12,
                         layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
        vision_config=dict(model_type="siglip_vision_model", hidden_size=16, intermediate_size=24,
                           num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14,
                           vision_use_head=False),
        mm_tokens_per_image=1, boi_token_index=1, eoi_token_index=2, image_token_index=0),
}
MULTIMODAL = ["gemma3_multimodal"]

# config.json's keys as transformers 4 wrote them; None for those that it had not.
SPELLED_AS_TRANSFORMERS_4 = {
    "llama": dict(rope_parameters=None, rope_theta=10000.0, rope_scaling={
        key: value for key, value in LLAMA3_ROPE.items() if key != "rope_theta"}),
    "gemma3": dict(rope_parameters=None, layer_types=None, _sliding_window_pattern=None,
                   sliding_window_pattern=6, rope_theta=100000.0, rope_local_base_freq=8000.0,
                   rope_scaling=dict(rope_type="linear", factor=8.0)),
    "phi3_longrope": dict(rope_parameters=None, rope_theta=10000.0, partial_rotary_factor=0.5,
                          rope_scaling=dict(type="longrope", short_factor=LONGROPE["short_factor"],
                                            long_factor=LONGROPE["long_factor"])),
}
