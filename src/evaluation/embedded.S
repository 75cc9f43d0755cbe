// The task files that ship with the program, as read-only bytes inside it: one after the other, each
// ended by a zero byte (catalog.cc). Their order is that of `fairprune eval --list`. The paths are
// looked up in the assembler's include path, which CMakeLists.txt sets to data/; it also makes this
// object depend on the files.

  .macro task name
  .incbin "tasks/\name\().json"
  .byte 0
  .endm

  .section .rodata
  .balign 16
  .global kFairpruneTasks
  .global kFairpruneTasksEnd
kFairpruneTasks:
  task bbq
  task bbq_contexts
  task bbq_categories
  task bbq_without_race_x_ses
  task esbbq
  task cabbq
  task crows_pairs
  task crows_pairs_categories
  task stereoset_intra
  task stereoset_inter
  task winobias
  task winogender
  task winogender_by_gender
  task winogender_pairs
  task pairs
  task bundled_pairs
  task arc_easy
  task arc_challenge
  task boolq
  task copa
  task hellaswag
  task lambada_openai
  task mmlu
  task openbookqa
  task piqa
  task sciq
  task truthfulqa_mc1
  task truthfulqa_mc2
  task wikitext
  task winogrande
  task neutral_en
kFairpruneTasksEnd:
  .byte 0

  .section .note.GNU-stack, "", %progbits
