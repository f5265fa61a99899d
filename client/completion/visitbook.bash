# SPDX-License-Identifier: Apache-2.0
# Completion of visitbook's commands, options and field paths in bash.  What
# there is to complete is asked of the program itself, so it is never out of
# date; nothing that a person wrote is ever offered.

# The first words of each line between "Commands:" and the next empty line, of
# all commands or of those that begin with a word.
_visitbook_commands() {
	visitbook help "$@" 2>/dev/null | awk '
		/^Commands:/ { on = 1; next }
		on && !/^  / { exit }
		on { line = substr($0, 3); sub(/  .*/, "", line); print line }' |
		sed 's/ [A-Z].*//'
}

# Long options in the help of a command.
_visitbook_options() {
	visitbook help "$@" 2>/dev/null | sed -n 's/^  .*\(--[a-z-]*\).*/\1/p'
}

_visitbook() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local -a words=()
	local i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--home | --passphrase-fd | --file | --json-doc | --set | --to | \
			--text-file | --timeout | --limit | --after | --reason | \
			--kind | --label | --draft | --template | --version | --take | --for | --office | --code | --head)
			((i++)) ;;
		-*) ;;
		*) words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case $before in
	--home | --file | --json-doc | --text-file | --to)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	--set)
		[[ ${words[0]} == attach ]] && words[0]=attachment
		mapfile -t COMPREPLY < <(compgen -S = -W "$(visitbook \
			"${words[0]}" fields --json 2>/dev/null |
			grep -o '"path":"[^"]*"' | cut -d'"' -f4)" -- "$word")
		compopt -o nospace 2>/dev/null
		return ;;
	--template)
		mapfile -t COMPREPLY < <(compgen -W "$(visitbook template list \
			--json 2>/dev/null | grep -o '"template":"[^"]*"' |
			cut -d'"' -f4)" -- "$word")
		return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_visitbook_options "${words[@]:0:2}")
			$(_visitbook_options "${words[@]:0:1}")" -- "$word")
	elif ((${#words[@]} == 0)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_visitbook_commands | cut -d' ' -f1 | sort -u)" -- "$word")
	elif ((${#words[@]} == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_visitbook_commands "${words[0]}" |
			sed -n "s/^${words[0]} //p")" -- "$word")
	elif [[ (${words[0]} == attach && ${#words[@]} -eq 2) ||
		(${words[1]} == save && ${#words[@]} -eq 3) ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -F _visitbook visitbook
