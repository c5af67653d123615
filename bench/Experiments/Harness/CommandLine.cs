using System.Globalization;

namespace LifelongApi.Experiments.Harness;

/// <summary>Arguments: a name, then options with and without values.</summary>
/// <param name="args">As given.</param>
internal sealed class CommandLine(string[] args)
{
    public string? Name => args.FirstOrDefault(argument => !argument.StartsWith('-'));

    public bool Has(string option) => args.Contains(option);

    public string? Text(string option) =>
        Array.IndexOf(args, option) is var at and >= 0
            ? at + 1 < args.Length ? args[at + 1] : throw new ArgumentException($"{option} needs a value.")
            : null;

    public int? Number(string option) => Text(option) is not { } text
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"{option} takes a whole number, not '{text}'.");
}
