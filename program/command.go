package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Command is one command of a program that has few. Programs that travel, to
// gateways and to auditors, have their commands here: a grammar that finds its
// methods by name makes the linker keep every method there is.
type Command struct {
	Name, Help string
	Runner
}

// Runner is what a command asks of its command line, and what it does.
type Runner interface {
	Flags(f *Flags)
	Run(ctx context.Context, s Streams) error
}

// Flags is the command line of one command.
type Flags struct {
	*pflag.FlagSet
	arguments []argument // in their order, all required
	required  []string   // names of flags
}

type argument struct {
	to         *string
	name, help string
}

// Argument adds a word that must be given.
func (f *Flags) Argument(to *string, name, help string) {
	f.arguments = append(f.arguments, argument{to: to, name: name, help: help})
}

// Required adds a flag that must be given. short may be empty.
func (f *Flags) Required(to *string, name, short, help string) {
	f.StringVarP(to, name, short, "", help)
	f.required = append(f.required, name)
}

func flagsOf(name string, r Runner) *Flags {
	f := &Flags{FlagSet: pflag.NewFlagSet(name, pflag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.BoolP("help", "h", false, "Show this help.")
	f.Bool("version", false, "Print the version and end.")
	if r != nil {
		r.Flags(f)
	}
	return f
}

// Run finds the command that the arguments name, runs it and returns the exit
// code. An error without a code of its own is [Unreachable].
func Run(ctx context.Context, name, about string, commands []Command, args []string, s Streams) (code int) {
	command, flags, err := parse(commands, args)
	switch {
	case errors.Is(err, errVersion):
		fmt.Fprintln(s.Out, name, Version())
		return Fine
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(s.Out, help(name, about, commands, command, flags))
		return Fine
	case err != nil:
		fmt.Fprintf(s.Err, "%s: %v; try %s --help\n", name, err, name)
		return Usage
	}
	return Await(ctx, name, s, command.Runner, func() error { return command.Run(ctx, s) })
}

var errVersion = errors.New("version asked for")

// parse reads the arguments into a command. Its flags may stand before and
// after the command's other words.
func parse(commands []Command, args []string) (command Command, flags *Flags, err error) {
	names := make([]string, len(commands))
	for i, c := range commands {
		names[i] = `"` + c.Name + `"`
	}
	if i := slices.IndexFunc(commands, func(c Command) bool { return len(args) > 0 && c.Name == args[0] }); i >= 0 {
		command, args = commands[i], args[1:]
	}
	flags = flagsOf(command.Name, command.Runner)
	if err := flags.Parse(args); err != nil {
		return command, flags, err
	}
	words := flags.Args()
	if len(words) > len(flags.arguments) {
		return command, flags, fmt.Errorf("unexpected argument %s", words[len(flags.arguments)])
	}
	if is, _ := flags.GetBool("help"); is {
		return command, flags, pflag.ErrHelp
	}
	if is, _ := flags.GetBool("version"); is {
		return command, flags, errVersion
	}
	if command.Runner == nil && len(words) == 0 {
		return command, flags, fmt.Errorf("expected one of %s", strings.Join(names, ", "))
	}
	for i, a := range flags.arguments {
		if i == len(words) {
			return command, flags, fmt.Errorf("expected \"<%s>\"", a.name)
		}
		*a.to = words[i]
	}
	var missing []string
	for _, required := range flags.required {
		if flag := flags.Lookup(required); !flag.Changed {
			missing = append(missing, flagWithValue(flag))
		}
	}
	if len(missing) > 0 {
		return command, flags, fmt.Errorf("missing flags: %s", strings.Join(missing, ", "))
	}
	return command, flags, nil
}

// flagWithValue is a flag as it is written.
func flagWithValue(flag *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(flag)
	return "--" + flag.Name + "=" + value
}

// usage is a command with what it must be given.
func (c Command) usage(flags *Flags) string {
	words := []string{c.Name}
	for _, required := range flags.required {
		words = append(words, flagWithValue(flags.Lookup(required)))
	}
	for _, a := range flags.arguments {
		words = append(words, "<"+a.name+">")
	}
	return strings.Join(words, " ") + " [flags]"
}

// help says how a command is used, or the program.
func help(name, about string, commands []Command, command Command, flags *Flags) string {
	var b strings.Builder
	if command.Runner == nil {
		fmt.Fprintf(&b, "Usage: %s <command> [flags]\n\n%s\n\nCommands:\n", name, about)
		for _, c := range commands {
			fmt.Fprintf(&b, "  %s\n    %s\n\n", c.usage(flagsOf(c.Name, c.Runner)), c.Help)
		}
		fmt.Fprintf(&b, "Run \"%s <command> --help\" for more of a command.\n", name)
		return b.String()
	}
	fmt.Fprintf(&b, "Usage: %s %s\n\n%s\n\n", name, command.usage(flags), command.Help)
	if len(flags.arguments) > 0 {
		b.WriteString("Arguments:\n")
		for _, a := range flags.arguments {
			fmt.Fprintf(&b, "  <%s>  %s\n", a.name, a.help)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "Flags:\n%s", flags.FlagUsagesWrapped(100))
	return b.String()
}
