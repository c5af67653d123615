using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage.Models;

/// <summary>An event id that was live where a model was exported.</summary>
/// <param name="Scheme">How the key was made.</param>
/// <param name="Key">The key of the id.</param>
/// <param name="Sequence">Its event.</param>
public readonly record struct LiveEventId(EventIdScheme Scheme, ReadOnlyMemory<byte> Key, long Sequence);

/// <summary>A model that comes from elsewhere: its stream begins with no events behind a position.</summary>
public sealed record ImportedModel
{
    /// <summary>Name, preset and spec.</summary>
    public required NewModel Model { get; init; }

    /// <summary>The state. Its model, lineage and number are given by the store; the numbering of the stream goes on after its sequence.</summary>
    public required NewVersion Version { get; init; }

    /// <summary>Pages of the state in order.</summary>
    public required IReadOnlyList<PageContent> Pages { get; init; }

    /// <summary>Feature names by id.</summary>
    public required IReadOnlyList<FeatureNameRow> Names { get; init; }

    /// <summary>How the keys of <see cref="Ids"/> were made, and those of the stream are from now on.</summary>
    public required EventIdScheme IdScheme { get; init; }

    /// <summary>Ids that are duplicates from now on, at or below the version's sequence, all of <see cref="IdScheme"/>.</summary>
    public required IEnumerable<LiveEventId> Ids { get; init; }

    /// <summary>
    /// The encoder that the model stands behind, stored where its file is not there yet, under another name (<c>name-</c> and the beginning of its hash) where its own is taken;
    /// null: none, or its file is there.
    /// </summary>
    public NewEncoder? Encoder { get; init; }

    /// <summary>Probe sets of the stream; their stream is given by the store.</summary>
    public IReadOnlyList<NewProbe> Probes { get; init; } = [];

    /// <summary>The boundary that began the task which was open; null: none was.</summary>
    public JournalEvent? OpenTask { get; init; }
}
