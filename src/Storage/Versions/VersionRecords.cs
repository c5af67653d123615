namespace LifelongApi.Storage.Versions;

/// <summary>A page of state.</summary>
/// <param name="Hash">SHA-256 of the bytes (32 bytes).</param>
/// <param name="Bytes">At most 65,536 bytes.</param>
public readonly record struct PageContent(ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Bytes);

/// <summary>A version to store.</summary>
public record NewVersion
{
    /// <summary>Model it belongs to.</summary>
    public required long ModelId { get; init; }

    /// <summary>Lineage of the position.</summary>
    public required int Lineage { get; init; }

    /// <summary>Sequence of the position.</summary>
    public required long Sequence { get; init; }

    /// <summary>Hash of the state (32 bytes).</summary>
    public required ReadOnlyMemory<byte> StateHash { get; init; }

    /// <summary>What is needed to cut the pages back into arenas.</summary>
    public required ReadOnlyMemory<byte> Manifest { get; init; }

    /// <summary>Encoded prequential statistics at the position.</summary>
    public required ReadOnlyMemory<byte> Statistics { get; init; }

    /// <summary>Engine whose arithmetic made the state.</summary>
    public required string Engine { get; init; }

    /// <summary>Whether it is kept until someone deletes it.</summary>
    public required bool Pinned { get; init; }

    /// <summary>Why it was made.</summary>
    public required string Cause { get; init; }

    /// <summary>The caller's note.</summary>
    public string? Note { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>What entities left behind since the version before. Not read back with the version.</summary>
    public IReadOnlyList<StoredEntity> Entities { get; init; } = [];
}

/// <summary>What an entity left behind when a model had no room for it any more.</summary>
/// <param name="Entity">Hash of its name.</param>
/// <param name="Sequence">The event at which it left.</param>
/// <param name="Bytes">Its part of the state.</param>
public readonly record struct StoredEntity(ulong Entity, long Sequence, ReadOnlyMemory<byte> Bytes);

/// <summary>A lineage up to a sequence.</summary>
/// <param name="Lineage">Number of the lineage.</param>
/// <param name="Last">Last sequence that counts.</param>
public readonly record struct LineageReach(int Lineage, long Last);

/// <summary>A stored version.</summary>
public sealed record VersionRecord : NewVersion
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary>Number within the model, from 1; never reused.</summary>
    public required int Number { get; init; }

    /// <summary>Bytes of state.</summary>
    public required long ByteCount { get; init; }

    /// <summary>Bytes of pages that were new when it was stored.</summary>
    public required long NewByteCount { get; init; }
}
