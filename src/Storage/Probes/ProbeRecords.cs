namespace LifelongApi.Storage.Probes;

/// <summary>A stored probe set without its rows.</summary>
public sealed record ProbeRecord
{
    /// <summary>Stream it belongs to.</summary>
    public required long StreamId { get; init; }

    /// <summary>Name of the task.</summary>
    public required string Task { get; init; }

    /// <summary>SHA-256 of the rows (32 bytes).</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>Rows it holds.</summary>
    public required int RowCount { get; init; }

    /// <summary>Bytes they take.</summary>
    public required long ByteCount { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long CreatedAt { get; init; }
}

/// <summary>A probe set to store.</summary>
/// <param name="StreamId">Stream it belongs to.</param>
/// <param name="Task">Name of the task.</param>
/// <param name="Rows">Payloads with features and label or target.</param>
/// <param name="Actor">Who uploaded it, or null.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
public sealed record NewProbe(long StreamId, string Task, IReadOnlyList<ReadOnlyMemory<byte>> Rows, string? Actor, long CreatedAt);

/// <summary>How a model did on a probe set at a position.</summary>
public sealed record ProbeScore
{
    /// <summary>Lineage of the position; 0 with sequence 0: the untrained model.</summary>
    public required int Lineage { get; init; }

    /// <summary>Sequence of the position.</summary>
    public required long Sequence { get; init; }

    /// <summary>Name of the probe set's task.</summary>
    public required string Task { get; init; }

    /// <summary>Hash of the probe set (32 bytes).</summary>
    public required ReadOnlyMemory<byte> ProbeHash { get; init; }

    /// <summary>Rows that were scored.</summary>
    public required long RowCount { get; init; }

    /// <summary>Of these, right labels.</summary>
    public required long RightCount { get; init; }

    /// <summary>Sum over the rows of the mean absolute error; 0 for labels.</summary>
    public required double AbsoluteError { get; init; }
}
