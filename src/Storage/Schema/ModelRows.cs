namespace LifelongApi.Storage.Schema;

/// <summary>Row of <c>models</c>.</summary>
internal sealed class ModelRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public long StreamId { get; set; }

    public bool IsLeader { get; set; }

    public string? Preset { get; set; }

    /// <summary>The expanded spec, JSON.</summary>
    public required string Spec { get; set; }

    /// <summary>Number of the present lineage.</summary>
    public int Lineage { get; set; }

    /// <summary>Highest version number ever given; numbers are not used again.</summary>
    public int LastVersion { get; set; }

    public string? FencedReason { get; set; }

    public long CreatedAt { get; set; }

    public StreamRow? Stream { get; set; }
}

/// <summary>Row of <c>lineages</c>.</summary>
internal sealed class LineageRow
{
    public long ModelId { get; set; }

    public int Number { get; set; }

    public int? Parent { get; set; }

    public long ParentSequence { get; set; }

    public long StartSequence { get; set; }

    public required string Cause { get; set; }

    /// <summary>Model it was forked from. No foreign key: that model may be deleted.</summary>
    public long? SourceModelId { get; set; }

    public int? SourceVersion { get; set; }

    /// <summary>Sequences that the lineage skips: JSON array of [first, last], inclusive.</summary>
    public required string SkippedRanges { get; set; }

    public long CreatedAt { get; set; }
}

/// <summary>Row of <c>versions</c>: a stored position.</summary>
internal sealed class VersionRow
{
    public long Id { get; set; }

    public long ModelId { get; set; }

    public int Number { get; set; }

    public int Lineage { get; set; }

    public long Sequence { get; set; }

    public required byte[] StateHash { get; set; }

    public required byte[] Manifest { get; set; }

    public required byte[] Statistics { get; set; }

    public required string Engine { get; set; }

    public bool Pinned { get; set; }

    public required string Cause { get; set; }

    public string? Note { get; set; }

    public long ByteCount { get; set; }

    public long NewByteCount { get; set; }

    public long CreatedAt { get; set; }
}

/// <summary>Row of <c>version_pages</c>: which page stands where in a version.</summary>
internal sealed class VersionPageRow
{
    public long VersionId { get; set; }

    public int PageIndex { get; set; }

    public required byte[] Hash { get; set; }
}

/// <summary>Row of <c>pages</c>: bytes stored once by their SHA-256.</summary>
internal sealed class PageRow
{
    public required byte[] Hash { get; set; }

    /// <summary>Bytes of the page before encoding.</summary>
    public int Length { get; set; }

    /// <summary>How <see cref="Bytes"/> is encoded; 0: as it is.</summary>
    public short Encoding { get; set; }

    public required byte[] Bytes { get; set; }
}

/// <summary>Row of <c>entity_rows</c>: what an entity left behind when a model had no room for it any more.</summary>
internal sealed class EntityEntry
{
    public long ModelId { get; set; }

    /// <summary>Hash of the entity's name.</summary>
    public long Entity { get; set; }

    /// <summary>Lineage of the version that it was stored with.</summary>
    public int Lineage { get; set; }

    /// <summary>The event at which it left; not above the version's.</summary>
    public long Sequence { get; set; }

    public required byte[] Bytes { get; set; }
}

/// <summary>Row of <c>api_keys</c>.</summary>
internal sealed class ApiKeyRow
{
    public required string Name { get; set; }

    public required byte[] Hash { get; set; }

    public required string Scopes { get; set; }

    public long CreatedAt { get; set; }

    public long? RevokedAt { get; set; }
}

/// <summary>Row of <c>operations</c>: long work with progress, that can be cancelled and survives a restart.</summary>
internal sealed class OperationRow
{
    public required string Id { get; set; }

    public required string Kind { get; set; }

    public long? ModelId { get; set; }

    public long? StreamId { get; set; }

    /// <summary>0 waiting, 1 running, 2 done, 3 failed, 4 cancelled.</summary>
    public short State { get; set; }

    public string? Actor { get; set; }

    /// <summary>What was asked for, JSON.</summary>
    public required string Request { get; set; }

    /// <summary>Where to go on after a restart, JSON.</summary>
    public string? Checkpoint { get; set; }

    /// <summary>The answer, JSON.</summary>
    public string? Result { get; set; }

    /// <summary>Problem details, JSON.</summary>
    public string? Problem { get; set; }

    public long UnitsDone { get; set; }

    public long? UnitsTotal { get; set; }

    public bool CancelRequested { get; set; }

    public long CreatedAt { get; set; }

    public long? StartedAt { get; set; }

    public long UpdatedAt { get; set; }

    public long? FinishedAt { get; set; }
}
