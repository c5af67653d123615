using System.Text.Json;

namespace LifelongApi.Cli.Rows;

/// <summary>Which column of a file is the label, a target, the task, the entity and the time; every other one is a feature.</summary>
internal sealed class CsvColumns(string path, CsvRoles roles)
{
    internal int? Label { get; private set; }

    internal IReadOnlyList<int> Targets { get; private set; } = [];

    internal int? Task { get; private set; }

    internal int? Entity { get; private set; }

    internal int? OccurredAt { get; private set; }

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
        Label = Find(header, roles.Label, "--label");
        Targets = roles.Target is { } target ? FindTargets(header, target) : [];
        Task = Find(header, roles.Task, "--task");
        Entity = Find(header, roles.Entity, "--entity");
        OccurredAt = Find(header, roles.OccurredAt, "--occurred-at");
        int?[] taken = [Label, Task, Entity, OccurredAt, .. Targets];
        Features = [.. header.Select((name, index) => (index, JsonEncodedText.Encode(name))).Where(column => !taken.Contains(column.index))];
    }

    /// <summary>A column of that name, commas and all, or the columns that the commas part.</summary>
    private int[] FindTargets(string[] header, string target) =>
        header.Contains(target) ? [Array.IndexOf(header, target)] : [.. target.Split(',').Select(name => Find(header, name, "--target")!.Value)];

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
