// SPDX-License-Identifier: Apache-2.0
// The command lines of the tools: options with a value, options without.

/* End with 2 and one sentence: what is wrong with an argument.  The usage says
 * which tool it is. */
export function refuse(usage, why) {
	process.stderr.write(`${/^usage: (\S+)/.exec(usage)[1]}: ${why}\n`);
	process.exit(2);
}

/*
 * Put what the arguments say into `found`, which has the values of what is not
 * said.  values and flags map an option to its key: { '--only': 'only' }.
 * --help prints the usage and ends with 0; what is no option ends with 2.
 */
export function parseArgs(args, found, { usage, values = {}, flags = {} }) {
	for (let i = 0; i < args.length; i++) {
		const word = args[i];
		if (word === '--help') {
			process.stdout.write(usage);
			process.exit(0);
		}
		if (flags[word])
			found[flags[word]] = true;
		else if (values[word] && i + 1 < args.length)
			found[values[word]] = args[++i];
		else if (values[word])
			refuse(usage, `${word} takes a value`);
		else
			refuse(usage, `"${word}" is no option; --help tells which there are`);
	}
	return found;
}

/* The whole number that was given for an option; ends with 2 if it is none. */
export function wholeNumber(usage, option, text, least = 0) {
	if (!/^[0-9]{1,18}$/.test(text) || Number(text) < least)
		refuse(usage, `${option} takes a whole number from ${least}, not "${text}"`);
	return Number(text);
}
