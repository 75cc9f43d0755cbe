# Prints what bash's completion of fairprune offers, as bash asks for it: a function that gets the words and where the
# cursor is. Each line of standard input is the words, with single spaces between; a line that ends in a space asks for
# a word of which nothing is there yet. complete.bash is in the current folder.
source ./complete.bash
while IFS= read -r line; do
  read -r -a COMP_WORDS <<< "$line"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _fairprune
  echo "$line: ${COMPREPLY[*]}"
done
