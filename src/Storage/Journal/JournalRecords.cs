using LifelongApi.Contracts.Journal;

namespace LifelongApi.Storage.Journal;

/// <summary>A stream row.</summary>
/// <param name="Id">Key.</param>
/// <param name="Name">Unique name.</param>
/// <param name="Epoch">Epoch of the last host that opened it; 0: never opened.</param>
/// <param name="LastSequence">Highest sequence in the journal; 0: none.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
public sealed record StreamRecord(long Id, string Name, long Epoch, long LastSequence, long CreatedAt);

/// <summary>What a host gets when it opens a stream.</summary>
/// <param name="Epoch">The epoch it now holds.</param>
/// <param name="LastSequence">Highest sequence in the journal at that moment.</param>
public readonly record struct StreamOpening(long Epoch, long LastSequence);

/// <summary>A range of sequences, inclusive at both ends. <see cref="long.MaxValue"/> as the end means open.</summary>
/// <param name="First">First sequence.</param>
/// <param name="Last">Last sequence.</param>
public readonly record struct SequenceRange(long First, long Last);

/// <summary>One commit.</summary>
public sealed record AppendRequest
{
    /// <summary>Stream to append to.</summary>
    public required long StreamId { get; init; }

    /// <summary>Epoch that the host holds.</summary>
    public required long Epoch { get; init; }

    /// <summary>Events with ascending sequences above everything in the stream.</summary>
    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>Feature names that the payloads refer to and that are not stored yet.</summary>
    public IReadOnlyList<FeatureNameRow> Names { get; init; } = [];

    /// <summary>Outcomes of events applied since the last commit.</summary>
    public IReadOnlyList<OutcomeRow> Outcomes { get; init; } = [];
}

/// <summary>A feature name with its id in the stream's dictionary. Writing the same row again is not an error.</summary>
/// <param name="Id">Index, from 0.</param>
/// <param name="Name">The name.</param>
public readonly record struct FeatureNameRow(int Id, string Name);

/// <summary>An outcome to store. Writing the same key again leaves the first.</summary>
/// <param name="ModelId">Model that folded the event.</param>
/// <param name="Lineage">Its lineage.</param>
/// <param name="Sequence">The event.</param>
/// <param name="Payload">Encoded outcome.</param>
public readonly record struct OutcomeRow(long ModelId, int Lineage, long Sequence, ReadOnlyMemory<byte> Payload);

/// <summary>What an append found.</summary>
/// <param name="Duplicates">Events of the batch that were not written because their id was live already.</param>
public sealed record AppendResult(IReadOnlyList<DuplicateEvent> Duplicates);

/// <summary>An event that was there before.</summary>
/// <param name="Index">Its index in the batch.</param>
/// <param name="FirstSequence">Sequence of the first event with the id.</param>
/// <param name="SamePayload">Whether kind, payload and weight were the same.</param>
public readonly record struct DuplicateEvent(int Index, long FirstSequence, bool SamePayload);
