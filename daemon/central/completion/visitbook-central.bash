# SPDX-License-Identifier: Apache-2.0
# Completion of visitbook-central's commands and options in bash.  What there
# is to complete is asked of the program itself, so it is never out of date.

# The words of each line of the help's list of commands, of all or of those that
# begin with a word.
_visitbook_central_commands() {
	visitbook-central "$@" --help 2>/dev/null | awk '
		/^Commands:/ { on = 1; next }
		on && !/^  / { exit }
		on { line = substr($0, 3); sub(/  .*/, "", line); print line }' |
		sed 's/ [A-Z].*//'
}

# Long options in the help of a command.
_visitbook_central_options() {
	visitbook-central "$@" --help 2>/dev/null |
		sed -n 's/^  .*\(--[a-z-]*\).*/\1/p'
}

_visitbook_central() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local -a words=()
	local i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--json | --quiet | --all | --ask | --needs-approval | --change | --dry-run | --help | *=*) ;;
		-*) ((i++)) ;;
		*) words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case $before in
	--data | --config | --to | --from | --text-file | --map | --report | --everything)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_visitbook_central_options "${words[@]:0:2}")" -- "$word")
	elif ((${#words[@]} == 0)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_visitbook_central_commands | cut -d' ' -f1 | sort -u)" \
			-- "$word")
	elif ((${#words[@]} == 1)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_visitbook_central_commands "${words[0]}" |
			sed -n "s/^${words[0]} //p")" -- "$word")
	fi
}
complete -F _visitbook_central visitbook-central
