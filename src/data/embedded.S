// The files that ship with the program, as read-only bytes inside it: no search path at run time.
// Each file becomes `kNAME` and `kNAMEEnd`, the address after its last byte (embedded.cc). The paths
// are looked up in the assembler's include path, which CMakeLists.txt sets to data/; it also makes
// this object depend on the files.

  .macro embed name, path
  .balign 16
  .global \name
  .global \name\()End
\name:
  .incbin "\path"
\name\()End:
  .byte 0
  .endm

  .section .rodata
  embed kFairprunePairsEn, "pairs/pairs_en.json"
  embed kFairprunePairsEs, "pairs/pairs_es.json"
  embed kFairprunePairsCa, "pairs/pairs_ca.json"
  embed kFairpruneTemplatesEn, "templates/en.json"
  embed kFairpruneTemplatesEs, "templates/es.json"
  embed kFairpruneTemplatesCa, "templates/ca.json"
  embed kFairpruneTextEn, "text/neutral_en.txt"
  embed kFairpruneProseEn, "text/prose_en.txt"
  embed kFairpruneStereotypesEn, "signed/stereotypes_en.json"
  embed kFairpruneStereotypesEs, "signed/stereotypes_es.json"
  embed kFairpruneOccupationsEn, "signed/occupations_en.json"
  embed kFairpruneOccupationsEs, "signed/occupations_es.json"
  embed kFairpruneCoreferenceEn, "signed/coreference_en.json"
  embed kFairpruneKnowledgeEn, "signed/knowledge_en.json"
  embed kFairpruneKnowledgeEs, "signed/knowledge_es.json"
  embed kFairpruneContextEn, "signed/context_en.json"
  embed kFairpruneContextEs, "signed/context_es.json"

  .section .note.GNU-stack, "", %progbits
