// The files that ship with the program, as read-only bytes inside it: no search path at run time.
// Each file becomes `kNAME` and `kNAMEEnd`, the address after its last byte (embedded.cc). The paths
// are looked up in the assembler's include path, which CMakeLists.txt sets to data/; it also makes
// this object depend on the files.

  .section .rodata
  .balign 16
  .global kFairprunePairsEn
  .global kFairprunePairsEnEnd
kFairprunePairsEn:
  .incbin "pairs/pairs_en.json"
kFairprunePairsEnEnd:
  .byte 0

  .balign 16
  .global kFairprunePairsEs
  .global kFairprunePairsEsEnd
kFairprunePairsEs:
  .incbin "pairs/pairs_es.json"
kFairprunePairsEsEnd:
  .byte 0

  .balign 16
  .global kFairpruneTextEn
  .global kFairpruneTextEnEnd
kFairpruneTextEn:
  .incbin "text/neutral_en.txt"
kFairpruneTextEnEnd:
  .byte 0

  .section .note.GNU-stack, "", %progbits
