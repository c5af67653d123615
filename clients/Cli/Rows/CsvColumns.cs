using System.Text.Json;

namespace LifelongApi.Cli.Rows;

/// <summary>Which column of a file is the label, the target and the task; every other one is a feature.</summary>
internal sealed class CsvColumns(string path, string? label, string? target, string? task)
{
    internal int? Label { get; private set; }

    internal int? Target { get; private set; }

    internal int? Task { get; private set; }

    /// <summary>Columns of the header.</summary>
    internal int Count { get; private set; }

    /// <summary>Feature columns in the order of the file.</summary>
    internal IReadOnlyList<(int Index, JsonEncodedText Name)> Features { get; private set; } = [];

    internal void ReadHeader(string[] header)
    {
        if (header.Length == 0)
        {
            throw new CliException($"'{path}' is empty: its first line must name the columns.");
        }

        if (header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new CliException($"'{path}' names the column '{twice.Key}' twice.");
        }

        Count = header.Length;
        Label = Find(header, label, "--label");
        Target = Find(header, target, "--target");
        Task = Find(header, task, "--task");
        Features = [.. header.Select((name, index) => (index, JsonEncodedText.Encode(name))).Where(column => column.index != Label && column.index != Target && column.index != Task)];
    }

    private int? Find(string[] header, string? name, string option)
    {
        if (name is null)
        {
            return null;
        }

        var index = Array.IndexOf(header, name);
        return index >= 0 ? index : throw new CliException($"{option} '{name}': '{path}' has no such column; it has {string.Join(", ", header)}.");
    }
}
