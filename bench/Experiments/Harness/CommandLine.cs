using System.Globalization;

namespace LifelongApi.Experiments.Harness;

/// <summary>Arguments: names, with commas between, then options with and without values.</summary>
/// <param name="args">As given.</param>
internal sealed class CommandLine(string[] args)
{
    /// <summary>Options with a value that say where, how or how often, not what is measured; the seeds have a column of their own.</summary>
    private static readonly string[] Circumstances = ["--data", "--seeds", "--jobs", "--record", "--from", "--into"];

    private static readonly string[] Forms = ["--json", "--markdown", "--spec"];

    public IReadOnlyList<string> Names => args.FirstOrDefault(argument => !argument.StartsWith('-'))?.Split(',') ?? [];

    public bool Has(string option) => args.Contains(option);

    public string? Text(string option) =>
        Array.IndexOf(args, option) is var at and >= 0
            ? at + 1 < args.Length ? args[at + 1] : throw new ArgumentException($"{option} needs a value.")
            : null;

    public int? Number(string option) => Text(option) is not { } text
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"{option} takes a whole number, not '{text}'.");

    /// <summary>The command of one experiment with the options that change what is measured.</summary>
    public string Repeat(string name)
    {
        var kept = new List<string> { name };
        for (var i = Array.FindIndex(args, argument => !argument.StartsWith('-')) + 1; i < args.Length; i++)
        {
            if (Circumstances.Contains(args[i]))
            {
                i++;
            }
            else if (!Forms.Contains(args[i]))
            {
                kept.Add(args[i]);
            }
        }

        return string.Join(' ', kept);
    }
}
