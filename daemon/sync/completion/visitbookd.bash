# SPDX-License-Identifier: Apache-2.0
# Completion of visitbookd(8) for bash.
_visitbookd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	--home)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--conf)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--ready-fd | --key-fd)
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W \
		"--home --conf --ready-fd --once --key-fd --json --quiet --help" \
		-- "$cur")
}
complete -F _visitbookd visitbookd
