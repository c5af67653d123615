namespace LifelongApi.Cli.Rows;

/// <summary>Columns of a file that are not features, by name; null where there is none.</summary>
internal sealed record CsvRoles
{
    /// <summary>The class.</summary>
    internal string? Label { get; init; }

    /// <summary>The numbers to predict, separated by commas.</summary>
    internal string? Target { get; init; }

    /// <summary>The task.</summary>
    internal string? Task { get; init; }

    /// <summary>The entity.</summary>
    internal string? Entity { get; init; }

    /// <summary>When it happened.</summary>
    internal string? OccurredAt { get; init; }
}
