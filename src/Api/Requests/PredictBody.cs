using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>The JSON body of a predict call: <c>{"features": …}</c> or <c>{"rows": […]}</c>, with <c>labels</c>, <c>entity</c> or <c>entities</c> and <c>occurredAt</c> or without.</summary>
/// <param name="Single">The payload of one example, where it is one; valid until the reader is used again.</param>
/// <param name="Rows">Payloads of several examples.</param>
/// <param name="Labels">The classes among which to answer; null: all.</param>
/// <param name="AbstainBelow">Probability below which the label is withheld; null: as the spec says.</param>
/// <param name="Top">Contributions to explain the answer with; null: no explanation.</param>
/// <param name="Remember">Whether the question is to be journalled.</param>
internal readonly record struct PredictBody(ReadOnlyMemory<byte> Single, IReadOnlyList<ReadOnlyMemory<byte>>? Rows, IReadOnlySet<string>? Labels = null, float? AbstainBelow = null, int? Top = null, bool Remember = false)
{
    private const int DefaultTop = 10;

    /// <summary>Reads a body. Unknown feature names are left out.</summary>
    /// <param name="json">The body.</param>
    /// <param name="events">Reads features and texts.</param>
    /// <param name="shape">What the model takes.</param>
    /// <param name="names">The stream's feature names.</param>
    /// <param name="maxRows">Most rows.</param>
    /// <param name="now">Time of an example without <c>occurredAt</c>, for models that look at it.</param>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public static PredictBody Read(ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, int maxRows, long? now = null)
    {
        var reader = new Utf8JsonReader(json);
        ReadOnlyMemory<byte>? single = null;
        List<ReadOnlyMemory<byte>>? rows = null;
        HashSet<string>? labels = null;
        var options = default(PredictOptions);
        bool? remember = null;
        string? own = null;
        var moment = default(PredictMoment);
        try
        {
            JsonBodyShape.ReadObjectStart(ref reader, "body");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (reader.ValueTextEquals("labels"u8))
                {
                    labels = labels is null ? ReadLabels(ref reader, events, shape, maxRows) : throw ProblemException.Invalid("labels", "is given twice; give it once.");
                    continue;
                }

                if (reader.ValueTextEquals("remember"u8))
                {
                    reader.Read();
                    remember = remember is not null
                        ? throw ProblemException.Invalid("remember", "is given twice; give it once.")
                        : reader.TokenType != JsonTokenType.Null && JsonText.Flag(ref reader, "remember");
                    continue;
                }

                if (RememberBody.IsOwn(ref reader))
                {
                    own = reader.GetString();
                    reader.Read();
                    reader.Skip();
                    continue;
                }

                if (options.TryRead(ref reader, shape) || moment.TryRead(ref reader, events, maxRows))
                {
                    continue;
                }

                var isSingle = reader.ValueTextEquals("features"u8);
                if (!isSingle && !reader.ValueTextEquals("rows"u8))
                {
                    throw EventProperties.Unknown(ref reader, FieldPath.Root, "features, rows, labels, entity, entities, occurredAt, abstainBelow, explain, top, remember, and with remember eventId, eventIds, subject");
                }

                if (single is not null || rows is not null)
                {
                    throw ProblemException.Invalid(isSingle ? "features" : "rows", "is given twice or beside the other; give either features or rows, once.");
                }

                reader.Read();
                if (isSingle)
                {
                    single = events.ReadFeatures(ref reader, json, shape, names, FieldPath.Root);
                }
                else
                {
                    rows = ReadRows(ref reader, json, events, shape, names, maxRows);
                }
            }

            JsonBodyShape.ReadEnd(ref reader);
        }
        catch (JsonException error)
        {
            throw JsonText.Malformed(json, error);
        }

        if (own is not null && remember != true)
        {
            throw ProblemException.Invalid(own, "goes with \"remember\": true only; a prediction that is not remembered leaves no event.");
        }

        if (labels is not null && remember == true)
        {
            throw ProblemException.Invalid("labels", "cannot be combined with remember; the remembered answer is the one among all classes.");
        }

        if (rows is null && single is null)
        {
            throw ProblemException.Invalid("features", "is missing; give the features of one example, or several as rows.");
        }

        options.Check(isSingle: rows is null, hasLabels: labels is not null);
        return new PredictBody(moment.Stamp(single ?? default, rows, now), rows, labels, options.AbstainBelow, options.Explain == true ? options.Top ?? DefaultTop : null, remember == true);
    }

    private static HashSet<string> ReadLabels(ref Utf8JsonReader reader, EventReader events, in InputShape shape, int most)
    {
        if (shape.Target != TargetKind.Label)
        {
            throw ProblemException.Invalid("labels", "The model predicts no classes (only target kind 'label' does); leave labels out.");
        }

        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("labels", $"is {JsonText.KindOf(reader.TokenType)}; give an array of classes.");
        }

        var labels = new HashSet<string>(StringComparer.Ordinal);
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count++ == most)
            {
                throw ProblemException.Invalid("labels", FormattableString.Invariant($"holds more than {most} classes; give fewer, or none for all."));
            }

            labels.Add(events.ReadLabel(ref reader, FieldPath.Label(count - 1)));
        }

        return labels.Count > 0 ? labels : throw ProblemException.Invalid("labels", "is empty; give at least one class, or leave it out for all.");
    }

    private static List<ReadOnlyMemory<byte>> ReadRows(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, int maxRows)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("rows", $"is {JsonText.KindOf(reader.TokenType)}; give an array of features.");
        }

        var rows = new List<ReadOnlyMemory<byte>>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (rows.Count == maxRows)
            {
                throw ProblemException.Invalid("rows", FormattableString.Invariant($"holds more than {maxRows} examples; send them in parts."));
            }

            rows.Add(events.ReadFeatures(ref reader, json, shape, names, FieldPath.Row(rows.Count)).ToArray());
        }

        return rows.Count > 0 ? rows : throw ProblemException.Invalid("rows", "is empty; give at least one example.");
    }
}
