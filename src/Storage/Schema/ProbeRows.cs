namespace LifelongApi.Storage.Schema;

/// <summary>Row of <c>probes</c>: labelled rows of a task that are asked and never learned.</summary>
internal sealed class ProbeRow
{
    public long StreamId { get; set; }

    /// <summary>Name of the task; not a number of <c>tasks</c>, because the task need not have begun.</summary>
    public required string Task { get; set; }

    /// <summary>SHA-256 of <see cref="Payloads"/>.</summary>
    public required byte[] Hash { get; set; }

    public int RowCount { get; set; }

    /// <summary>Payloads, each after its length (little-endian int32).</summary>
    public required byte[] Payloads { get; set; }

    public string? Actor { get; set; }

    public long CreatedAt { get; set; }
}

/// <summary>Row of <c>probe_scores</c>: how a model did on a probe set at a position; a cell of the accuracy matrix.</summary>
internal sealed class ProbeScoreRow
{
    public long ModelId { get; set; }

    /// <summary>Lineage of the position; 0 with sequence 0: the untrained model.</summary>
    public int Lineage { get; set; }

    public long Sequence { get; set; }

    public required string Task { get; set; }

    /// <summary>Hash of the probe set that was asked.</summary>
    public required byte[] ProbeHash { get; set; }

    public long RowCount { get; set; }

    public long RightCount { get; set; }

    /// <summary>Sum over the rows of the mean absolute error; 0 for labels.</summary>
    public double AbsoluteError { get; set; }
}
