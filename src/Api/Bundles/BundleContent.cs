using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Bundles;

/// <summary>Everything that a bundle holds, read and checked as a whole. The state is held once, with its final length.</summary>
internal sealed class BundleContent
{
    private const int MaxNames = 1 << 20;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly MemoryStream[] _parts = [.. Enumerable.Range(0, (int)BundleSection.Pages).Select(_ => new MemoryStream())];
    private readonly List<byte[]> _ids = [];
    private readonly long _maxBytes;
    private readonly long _maxEncoderBytes;
    private byte[] _state = [];
    private int _filled;
    private long _idBytes;

    private BundleContent(long maxBytes, long maxEncoderBytes)
    {
        _maxBytes = maxBytes;
        _maxEncoderBytes = maxEncoderBytes;
    }

    /// <summary>What the file is.</summary>
    public BundleHeader Header { get; private set; } = null!;

    /// <summary>The expanded spec.</summary>
    public ModelSpec Spec { get; private set; } = null!;

    /// <summary>The state.</summary>
    public ModelImage Image { get; private set; } = null!;

    /// <summary>The statistics as stored.</summary>
    public ReadOnlyMemory<byte> Statistics => _parts[(int)BundleSection.Statistics].ToArray();

    /// <summary>Feature names by id.</summary>
    public IReadOnlyList<FeatureNameRow> Names { get; private set; } = [];

    /// <summary>The file of the encoder; empty: it is not in the bundle.</summary>
    public ReadOnlyMemory<byte> Encoder => _parts[(int)BundleSection.Encoder].ToArray();

    /// <summary>What entities that are away left behind.</summary>
    public IReadOnlyList<EntityRow> Entities { get; private set; } = [];

    /// <summary>Probe sets of the stream.</summary>
    public IReadOnlyList<NewProbe> Probes { get; private set; } = [];

    /// <summary>Ids that were live.</summary>
    public IEnumerable<LiveEventId> Ids => _ids.SelectMany(frame => Split(frame, IdScheme));

    /// <summary>How the keys of all of them were made.</summary>
    public EventIdScheme IdScheme { get; private set; } = EventIdScheme.Ordered;

    /// <summary>Reads a bundle to its end.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="maxBytes">Most bytes of state, and of ids.</param>
    /// <param name="maxEncoderBytes">Most bytes of an encoder's file.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">Something is not right; nothing was changed.</exception>
    public static async Task<BundleContent> ReadAsync(Stream source, long maxBytes, long maxEncoderBytes, CancellationToken cancellation)
    {
        using var reader = new BundleReader(source);
        await reader.BeginAsync(cancellation);
        var content = new BundleContent(maxBytes, maxEncoderBytes);
        while (await reader.ReadAsync(cancellation) is { } frame)
        {
            content.Take(frame);
        }

        content.Finish();
        return content;
    }

    private void Take(in BundleFrame frame)
    {
        switch (frame.Section)
        {
            case BundleSection.Ids:
                TakeIds(frame.Content.Span, EventIdScheme.Hash);
                break;
            case BundleSection.IdKeys:
                TakeIds(frame.Content.Span, EventIdScheme.Ordered);
                break;
            case BundleSection.Pages:
                TakePages(frame.Content.Span);
                break;
            default:
                var part = _parts[(int)frame.Section];
                var most = frame.Section switch { BundleSection.Encoder => _maxEncoderBytes, BundleSection.Entities => _maxBytes, _ => BundleFormat.MaxSectionLength };
                if (part.Length + frame.Content.Length > most)
                {
                    throw new InvalidDataException($"Section {frame.Section} is larger than {most} bytes.");
                }

                part.Write(frame.Content.Span);
                break;
        }
    }

    private void TakeIds(ReadOnlySpan<byte> ids, EventIdScheme scheme)
    {
        _idBytes += ids.Length;
        if (_idBytes > _maxBytes || (_ids.Count > 0 && IdScheme != scheme))
        {
            throw new InvalidDataException("The ids are of two kinds, or more than this service takes.");
        }

        IdScheme = scheme;
        _ids.Add(ids.ToArray());
        _ = Split(_ids[^1], scheme).Count();
    }

    /// <summary>The ids of a frame.</summary>
    /// <exception cref="InvalidDataException">They are not whole.</exception>
    private static IEnumerable<LiveEventId> Split(byte[] frame, EventIdScheme scheme)
    {
        for (var at = 0; at < frame.Length;)
        {
            var (from, length) = scheme == EventIdScheme.Hash ? (at, BundleFormat.IdHashLength) : (at + 1, (int)frame[at]);
            at = from + length + BundleFormat.SequenceLength;
            if (at > frame.Length || length is 0 or > BundleFormat.MostKeyBytes)
            {
                throw new InvalidDataException("The ids are not whole.");
            }

            yield return new LiveEventId(scheme, frame.AsMemory(from, length), BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(from + length)));
        }
    }

    private void TakePages(ReadOnlySpan<byte> pages)
    {
        if (_state.Length == 0)
        {
            Prepare();
        }

        if (pages.Length > _state.Length - _filled)
        {
            throw new InvalidDataException("The state is longer than the header says.");
        }

        pages.CopyTo(_state.AsSpan(_filled));
        _filled += pages.Length;
    }

    /// <summary>Reads everything before the state: only a state that its spec can have is given memory.</summary>
    private void Prepare()
    {
        Header = BundleHeader.Read(_parts[(int)BundleSection.Header].ToArray());
        if (Header.Engine != Engine.Version)
        {
            throw new InvalidDataException($"The state was made by engine '{Header.Engine}'; this service knows '{Engine.Version}'.");
        }

        if (!NameRule.IsName(Header.Model) || Header.Labels is null)
        {
            throw new InvalidDataException("The header names no model or no classes.");
        }

        if (Header.Sequence < 0 || Header.Lineage < 1 || Header.StateBytes < 0 || Header.StateBytes > _maxBytes)
        {
            throw new InvalidDataException($"The header names a position that cannot be, or a state beyond {_maxBytes} bytes.");
        }

        try
        {
            Spec = JsonSerializer.Deserialize<ModelSpec>(_parts[(int)BundleSection.Spec].ToArray(), ContractJson.Options) ?? throw new InvalidDataException("The spec is null.");
        }
        catch (Exception mistake) when (mistake is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"The spec is not what this service reads: {mistake.Message}", mistake);
        }

        if (Spec.Preset is { } preset && !NameRule.IsName(preset.Replace('@', '-')))
        {
            throw new InvalidDataException("The spec names a preset that cannot be.");
        }

        try
        {
            ModelManifest.Read(_parts[(int)BundleSection.Manifest].ToArray()).Compile(Spec, Header.StateBytes);
        }
        catch (SpecException mistake)
        {
            throw new InvalidDataException($"The spec has mistakes: {mistake.Message}", mistake);
        }

        _state = GC.AllocateUninitializedArray<byte>(checked((int)Header.StateBytes));
    }

    private void Finish()
    {
        if (_state.Length == 0 || _filled != _state.Length)
        {
            throw new InvalidDataException("The state is shorter than the header says, or missing.");
        }

        Image = new ModelImage(_parts[(int)BundleSection.Manifest].ToArray(), _state);
        if (Hosting.StateHashText.Of(Image.StateHash()) != Header.StateHash)
        {
            throw new InvalidDataException("The state does not match its hash.");
        }

        Names = ReadNames();
        if (Names.Count != Header.NameCount)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The bundle holds {Names.Count} feature names where its header says {Header.NameCount}."));
        }

        if (Ids.Any(id => id.Sequence < 1 || id.Sequence > Header.Sequence) || (Header.OpenTask is { } task && (task.Sequence < 1 || task.Sequence > Header.Sequence)))
        {
            throw new InvalidDataException("An id or the open task is of an event after the position.");
        }

        CheckTask();
        CheckEncoder();
        CheckOpens();
    }

    private void CheckTask()
    {
        if (Header.OpenTask is not { } task)
        {
            return;
        }

        if (task.Task is null || !NameRule.IsName(task.Task) || task.EventId is not { Length: > 0 and <= 128 } || task.EventId.Contains('\0', StringComparison.Ordinal) || task.Payload is null)
        {
            throw new InvalidDataException("The open task has no name, id or payload that can be.");
        }

        try
        {
            using var payload = JsonDocument.Parse(task.Payload);
        }
        catch (JsonException mistake)
        {
            throw new InvalidDataException("The payload of the open task is not JSON.", mistake);
        }
    }

    private void CheckEncoder()
    {
        var length = _parts[(int)BundleSection.Encoder].Length;
        if ((length > 0) != (Header.Encoder is not null) || (length > 0 && (Spec.Input.Encoder is null || !NameRule.IsName(Header.Encoder!))))
        {
            throw new InvalidDataException("The bundle holds the file of an encoder that its header or its spec does not name.");
        }

        if (length > 0 && EncoderSpec.HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoder.Span)) != Spec.Input.Encoder!.Hash)
        {
            throw new InvalidDataException("The encoder's file is not the one that the spec names.");
        }
    }

    private void CheckOpens()
    {
        var statistics = Prequential.Read(Statistics.Span);
        if (statistics.IsClassifier != (Spec.Target.Kind == TargetKind.Label))
        {
            throw new InvalidDataException("The statistics are those of another kind of target.");
        }

        using var model = Model.Open(Spec, Image);
        if (!model.Labels.SequenceEqual(Header.Labels))
        {
            throw new InvalidDataException("The class names of header and state differ.");
        }

        model.CheckLinks();
        Entities = model.Away(ReadEntities());
        Probes = BundleProbes.Read(_parts[(int)BundleSection.Probes].ToArray(), model, [.. Names.Select(name => FeatureHash.OfName(name.Name))]);
    }

    private Dictionary<ulong, EntityRow>.ValueCollection ReadEntities()
    {
        var bytes = _parts[(int)BundleSection.Entities].ToArray().AsMemory();
        var rows = new Dictionary<ulong, EntityRow>();
        while (!bytes.IsEmpty)
        {
            var length = bytes.Length < BundleFormat.EntityHeaderLength ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[16..]);
            if (length < 0 || length > bytes.Length - BundleFormat.EntityHeaderLength)
            {
                throw new InvalidDataException("The entities are not whole.");
            }

            var row = new EntityRow(BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span), BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[8..]), bytes.Slice(BundleFormat.EntityHeaderLength, length));
            if (row.Sequence < 1 || row.Sequence > Header.Sequence || !rows.TryAdd(row.Entity, row))
            {
                throw new InvalidDataException("An entity comes twice, or left at an event that cannot be.");
            }

            bytes = bytes[(BundleFormat.EntityHeaderLength + length)..];
        }

        return rows.Values;
    }

    private List<FeatureNameRow> ReadNames()
    {
        var bytes = _parts[(int)BundleSection.Names].ToArray().AsSpan();
        var names = new List<FeatureNameRow>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            while (!bytes.IsEmpty)
            {
                var length = bytes.Length < 2 ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                if (length > bytes.Length - 2 || names.Count == MaxNames)
                {
                    throw new InvalidDataException("The feature names are not whole, or too many.");
                }

                var name = Utf8.GetString(bytes.Slice(2, length));
                if (name.Contains('\0', StringComparison.Ordinal) || !known.Add(name))
                {
                    throw new InvalidDataException("A feature name comes twice, or is none.");
                }

                names.Add(new FeatureNameRow(names.Count, name));
                bytes = bytes[(2 + length)..];
            }
        }
        catch (DecoderFallbackException mistake)
        {
            throw new InvalidDataException("A feature name is not UTF-8.", mistake);
        }

        return names;
    }
}
