// The files that ship with the program, as read-only bytes inside it: no search path at run time.
// Each file becomes `NAME` and `NAME_end`, the address after its last byte (embedded.h). The paths
// are looked up in the assembler's include path, which CMakeLists.txt sets to data/; it also makes
// this object depend on the files.

  .section .rodata
  .balign 16
  .global fairprune_embedded_pairs_en
  .global fairprune_embedded_pairs_en_end
fairprune_embedded_pairs_en:
  .incbin "pairs/pairs_en.json"
fairprune_embedded_pairs_en_end:
  .byte 0

  .balign 16
  .global fairprune_embedded_pairs_es
  .global fairprune_embedded_pairs_es_end
fairprune_embedded_pairs_es:
  .incbin "pairs/pairs_es.json"
fairprune_embedded_pairs_es_end:
  .byte 0

  .balign 16
  .global fairprune_embedded_text_en
  .global fairprune_embedded_text_en_end
fairprune_embedded_text_en:
  .incbin "text/neutral_en.txt"
fairprune_embedded_text_en_end:
  .byte 0

  .section .note.GNU-stack, "", %progbits
