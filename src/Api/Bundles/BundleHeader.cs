using System.Text.Json;
using LifelongApi.Contracts;

namespace LifelongApi.Api.Bundles;

/// <summary>The first section: what the file holds, and where it comes from.</summary>
internal sealed record BundleHeader
{
    /// <summary>Engine whose arithmetic made the state.</summary>
    public required string Engine { get; init; }

    /// <summary>Name of the model that was exported.</summary>
    public required string Model { get; init; }

    /// <summary>Its preset with revision, or null.</summary>
    public string? Preset { get; init; }

    /// <summary>Lineage of the position.</summary>
    public required int Lineage { get; init; }

    /// <summary>Sequence of the position: the numbering goes on after it.</summary>
    public required long Sequence { get; init; }

    /// <summary>Hash of the state.</summary>
    public required string StateHash { get; init; }

    /// <summary>Bytes of state.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Feature names in the file.</summary>
    public required int NameCount { get; init; }

    /// <summary>Class names by id.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Lineages that the state is made of, oldest first; for information.</summary>
    public required IReadOnlyList<BundleLineage> Lineages { get; init; }

    /// <summary>The task that was open.</summary>
    public BundleTask? OpenTask { get; init; }

    /// <summary>Name of the encoder whose file is in the bundle; null: none is.</summary>
    public string? Encoder { get; init; }

    /// <summary>When the file was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static BundleHeader Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<BundleHeader>(json, ContractJson.Options) ?? throw new InvalidDataException("The header is null.");
        }
        catch (Exception mistake) when (mistake is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"The header is not what this service reads: {mistake.Message}", mistake);
        }
    }

    /// <summary>The header as bytes.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ContractJson.Options);
}

/// <summary>A lineage of the source.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Cause">Why it was opened.</param>
/// <param name="StartSequence">Events after this sequence belong to it.</param>
/// <param name="Last">Its last sequence.</param>
internal sealed record BundleLineage(int Number, string Cause, long StartSequence, long Last);

/// <summary>The boundary event that began the open task.</summary>
/// <param name="Task">Its name.</param>
/// <param name="EventId">Id of the event.</param>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Payload">Its payload.</param>
/// <param name="ReceivedAt">Microseconds since 1970-01-01 UTC.</param>
internal sealed record BundleTask(string Task, string EventId, long Sequence, byte[] Payload, long ReceivedAt);
