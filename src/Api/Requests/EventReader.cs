using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Requests;

/// <summary>
/// Reads one event after the other from UTF-8 JSON straight into payloads: no document, no dictionaries, properties in any order.
/// Not thread-safe; one instance serves one request or stream at a time.
/// </summary>
internal sealed class EventReader
{
    private readonly PayloadBuilder _builder = new();
    private readonly EventFeatures _features = new();
    private readonly List<double> _target = [];
    private byte[] _scratch = [];
    private EventFields _fields;

    /// <summary>Id of the event being read, as far as it was seen; for answers to events that are refused.</summary>
    public string? EventId => _fields.EventId;

    /// <summary>Whether the event that was read has a label or target.</summary>
    public bool HasTarget => _fields.Label is not null || _target.Count > 0;

    /// <summary>Task of the event that was read, or null.</summary>
    public string? Task => _fields.Task;

    /// <summary>Subject of the event that was read, or null.</summary>
    public string? Subject => _fields.Subject;

    /// <summary>Reads an event that is the whole text.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public LearnInput ReadRow(ReadOnlySpan<byte> json, in InputShape shape, IFeatureNames names, string? actor)
    {
        Begin();
        var reader = new Utf8JsonReader(json);
        try
        {
            JsonBodyShape.ReadObjectStart(ref reader, "row");
            Read(ref reader, json, shape, FieldPath.Root);
            JsonBodyShape.ReadEnd(ref reader);
        }
        catch (JsonException error)
        {
            throw JsonText.Malformed(json, error, "row");
        }

        return Encode(shape, names, actor, FieldPath.Root);
    }

    /// <summary>Forgets the last event.</summary>
    public void Begin()
    {
        _fields = default;
        _target.Clear();
    }

    /// <summary>Reads the rest of an object whose start the reader stands on, and checks the whole event. Has no effect outside.</summary>
    /// <param name="reader">Stands on the start.</param>
    /// <param name="json">The text that the reader reads, or nothing (see <see cref="EventFeatures.Read"/>).</param>
    /// <param name="shape">What the model takes.</param>
    /// <param name="path">Where the event stands.</param>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape, in FieldPath path)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            ReadProperty(ref reader, json, shape, path);
        }

        Check(shape, path);
    }

    /// <summary>Reads one property whose name the reader stands on.</summary>
    /// <param name="reader">Stands on the name.</param>
    /// <param name="json">The text that the reader reads, or nothing (see <see cref="EventFeatures.Read"/>).</param>
    /// <param name="shape">What the model takes.</param>
    /// <param name="path">Where the event stands.</param>
    public void ReadProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape, in FieldPath path)
    {
        var property = EventProperties.Find(ref reader, path);
        var name = EventProperties.NameOf(property);
        if ((_fields.Given & property) != 0)
        {
            throw ProblemException.Invalid(path.Of(name), "is given twice; give it once.");
        }

        _fields.Given |= property;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            // Null is the same as leaving it out.
            return;
        }

        switch (property)
        {
            case EventProperty.Features:
                _features.Read(ref reader, json, shape, path);
                _fields.HasFeatures = true;
                break;
            case EventProperty.Label: _fields.Label = ReadLabel(ref reader, path); break;
            case EventProperty.Target: ReadTarget(ref reader, path); break;
            case EventProperty.Reward: _fields.Reward = ReadNumber(ref reader, path, name); break;
            case EventProperty.Weight: _fields.Weight = ReadNumber(ref reader, path, name); break;
            case EventProperty.EventId: _fields.EventId = ReadText(ref reader, path, name, EventFields.MaxEventIdBytes); break;
            case EventProperty.Task: _fields.Task = ReadText(ref reader, path, name, NameRule.MaxLength); break;
            case EventProperty.Entity: _fields.Entity = ReadText(ref reader, path, name, EventFields.MaxTextBytes); break;
            case EventProperty.Subject: _fields.Subject = ReadText(ref reader, path, name, EventFields.MaxTextBytes); break;
            case EventProperty.Feedback: _fields.Feedback = ReadText(ref reader, path, name, EventFields.MaxEventIdBytes); break;
            case EventProperty.Remember: _fields.Remember = JsonText.Flag(ref reader, path.Of(name)); break;
            default: _fields.OccurredAt = ReadTime(ref reader, path, name); break;
        }
    }

    /// <summary>Reads the rest of feedback whose start the reader stands on, and checks the whole of it.</summary>
    public void ReadFeedback(ref Utf8JsonReader reader, in InputShape shape, in FieldPath path)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            ReadFeedbackProperty(ref reader, shape, path);
        }

        CheckFeedback(shape, path);
    }

    /// <summary>Reads one property of feedback whose name the reader stands on.</summary>
    public void ReadFeedbackProperty(ref Utf8JsonReader reader, in InputShape shape, in FieldPath path)
    {
        EventProperties.RequireOfFeedback(ref reader, path);
        ReadProperty(ref reader, default, shape, path);
    }

    /// <summary>Checks feedback, whose <c>eventId</c> is that of the earlier event.</summary>
    public void CheckFeedback(in InputShape shape, in FieldPath path)
    {
        _fields.Feedback = _fields.EventId ?? throw ProblemException.Invalid(path.Of("eventId"), "is missing; give the id of the event that this answers.");
        _fields.EventId = null;
        Check(shape, path);
    }

    /// <summary>Takes features from raw numbers and everything else from the query.</summary>
    public LearnInput ReadRaw(ReadOnlySpan<byte> body, RawLearnQuery query, in InputShape shape, IFeatureNames names, string? actor, string? idempotencyKey, bool remember = false)
    {
        Begin();
        query.Fill(ref _fields, _target);
        _fields.Remember = remember;
        _features.ReadRaw(body, shape, FieldPath.Root);
        _fields.HasFeatures = true;
        Check(shape, FieldPath.Root);
        ApplyIdempotencyKey(idempotencyKey);
        return Encode(shape, names, actor, FieldPath.Root);
    }

    /// <summary>Reads a row of a raw stream (see <see cref="RawRow"/>).</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public LearnInput ReadRawRow(ReadOnlySpan<byte> row, in InputShape shape, IFeatureNames names, string? actor)
    {
        Begin();
        _features.ReadRaw(RawRow.TakeTarget(row, shape, ref _fields, _target), shape, FieldPath.Root);
        _fields.HasFeatures = true;
        Check(shape, FieldPath.Root);
        return Encode(shape, names, actor, FieldPath.Root);
    }

    /// <summary>Gives the event the id of the <c>Idempotency-Key</c> header.</summary>
    public void ApplyIdempotencyKey(string? key)
    {
        if (key is null)
        {
            return;
        }

        EventFields.CheckLength(Encoding.UTF8.GetByteCount(key), "Idempotency-Key", FieldPath.Root, EventFields.MaxEventIdBytes);
        if (_fields.Feedback is not null)
        {
            throw ProblemException.Invalid("Idempotency-Key", "is not for feedback: an event is answered once, whatever is sent again.");
        }

        if (_fields.EventId is { } id && id != key)
        {
            throw ProblemException.Invalid("eventId", $"is '{id}' and the header Idempotency-Key is '{key}'; they are the same thing, so give one of them or the same in both.");
        }

        _fields.EventId = key;
    }

    /// <summary>Checks what only the whole event shows.</summary>
    public void Check(in InputShape shape, in FieldPath path) => _fields.Check(shape, path, _target);

    /// <summary>Makes the event that was read ready for the stream. New feature names are taken here.</summary>
    public LearnInput Encode(in InputShape shape, IFeatureNames names, string? actor, in FieldPath path)
    {
        if (_fields.Feedback is not null)
        {
            return EncodeFeedback(actor);
        }

        _builder.Clear();
        _features.Encode(_builder, names, mayAddNames: true, path);
        if (_fields.Label is { } label)
        {
            Span<byte> utf8 = stackalloc byte[EventFields.MaxTextBytes];
            _builder.Label(utf8[..Encoding.UTF8.GetBytes(label, utf8)]);
        }
        else if (_target.Count > 0)
        {
            _builder.Target(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_target));
        }

        if (_fields.Reward is { } reward)
        {
            _builder.Reward(reward);
        }

        return new LearnInput
        {
            EventId = _fields.EventId,
            Payload = _builder.Written.ToArray(),
            Label = _fields.Label,
            HasTarget = HasTarget,
            Remember = _fields.Remember,
            Weight = (float)(_fields.Weight ?? 1),
            Task = _fields.Task,
            Entity = _fields.Entity,
            Subject = _fields.Subject,
            Actor = actor,
            OccurredAt = _fields.OccurredAt,
        };
    }

    /// <summary>Features alone, for a predict: unknown names are left out.</summary>
    /// <returns>The payload, valid until the next call.</returns>
    public ReadOnlyMemory<byte> ReadFeatures(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in InputShape shape, IFeatureNames names, in FieldPath path)
    {
        _features.Read(ref reader, json, shape, path);
        return EncodeFeatures(names, path);
    }

    /// <summary>A remembered question: features and an id, and names of features are taken.</summary>
    public LearnInput EncodeQuestion(ref Utf8JsonReader reader, string? eventId, string? entity, long? occurredAt, in InputShape shape, IFeatureNames names, string? actor, in FieldPath path)
    {
        Begin();
        _features.Read(ref reader, default, shape, path);
        (_fields.HasFeatures, _fields.Remember, _fields.EventId, _fields.Entity, _fields.OccurredAt) = (true, true, eventId, entity, occurredAt);
        return Encode(shape, names, actor, path);
    }

    /// <summary>Features alone from raw numbers.</summary>
    /// <returns>The payload, valid until the next call.</returns>
    public ReadOnlyMemory<byte> ReadRawFeatures(ReadOnlySpan<byte> body, in InputShape shape, IFeatureNames names)
    {
        _features.ReadRaw(body, shape, FieldPath.Root);
        return EncodeFeatures(names, FieldPath.Root);
    }

    // Its features are those of the earlier event, which the stream finds.
    private LearnInput EncodeFeedback(string? actor) => new()
    {
        Payload = ReadOnlyMemory<byte>.Empty,
        Label = _fields.Label,
        HasTarget = HasTarget,
        Feedback = new FeedbackInput { EventId = _fields.Feedback!, Target = [.. _target], Reward = _fields.Reward },
        Weight = (float)(_fields.Weight ?? 1),
        Actor = actor,
        OccurredAt = _fields.OccurredAt,
    };

    private ReadOnlyMemory<byte> EncodeFeatures(IFeatureNames names, in FieldPath path)
    {
        _builder.Clear();
        _features.Encode(_builder, names, mayAddNames: false, path);
        return _builder.Written;
    }

    /// <summary>Reads a class: text, or a number or boolean as its text.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="path">Whose label it is.</param>
    /// <returns>The class.</returns>
    public string ReadLabel(ref Utf8JsonReader reader, in FieldPath path)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.String => JsonText.Utf8(ref reader, ref _scratch, "label"),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => reader.ValueSpan,
            _ => throw ProblemException.Invalid(path.Of("label"), $"is {JsonText.KindOf(reader.TokenType)}; give a class as text, number or boolean."),
        };
        EventFields.CheckLength(text.Length, "label", path, EventFields.MaxTextBytes);
        return Encoding.UTF8.GetString(text);
    }

    private void ReadTarget(ref Utf8JsonReader reader, in FieldPath path)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            _target.Add(ReadNumber(ref reader, path, "target"));
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid(path.Of("target"), $"is {JsonText.KindOf(reader.TokenType)}; give a number or an array of numbers.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _target.Add(ReadNumber(ref reader, path, string.Create(CultureInfo.InvariantCulture, $"target[{_target.Count}]")));
        }

        if (_target.Count == 0)
        {
            throw ProblemException.Invalid(path.Of("target"), "is empty; give at least one number, or leave it out to observe without a target.");
        }
    }

    private static double ReadNumber(ref Utf8JsonReader reader, in FieldPath path, string name)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw ProblemException.Invalid(path.Of(name), $"is {JsonText.KindOf(reader.TokenType)}; give a number.");
        }

        return NumberText.TryDouble(reader.ValueSpan, out var value) && Math.Abs(value) <= float.MaxValue
            ? value
            : throw ProblemException.Invalid(path.Of(name), $"{JsonText.Quoted(reader.ValueSpan)} is beyond the range of a 32-bit float (±3.4e38).");
    }

    private string ReadText(ref Utf8JsonReader reader, in FieldPath path, string name, int maxBytes)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw ProblemException.Invalid(path.Of(name), $"is {JsonText.KindOf(reader.TokenType)}; give a string.");
        }

        var text = JsonText.Utf8(ref reader, ref _scratch, name);
        EventFields.CheckLength(text.Length, name, path, maxBytes);
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Reads an entity.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="path">Whose entity it is.</param>
    /// <returns>Its name.</returns>
    public string ReadEntity(ref Utf8JsonReader reader, in FieldPath path) => ReadText(ref reader, path, "entity", EventFields.MaxTextBytes);

    /// <summary>Reads ISO 8601.</summary>
    /// <returns>Microseconds since 1970-01-01 UTC.</returns>
    public static long ReadTime(ref Utf8JsonReader reader, in FieldPath path, string name) =>
        reader.TokenType == JsonTokenType.String && EventFields.TryReadTime(reader.GetString(), out var micros)
            ? micros
            : throw ProblemException.Invalid(path.Of(name), EventFields.TimeHint);
}
