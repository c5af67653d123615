using System.Text.Json;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>The rows of a probe set: <c>{"rows": […]}</c>, or one row a line. Rows have the form of learn events.</summary>
internal static class ProbeBody
{
    /// <summary>Reads all rows. Either everything is right, or nothing has an effect: new feature names are taken only after the last row was checked.</summary>
    /// <exception cref="ProblemException">400 that names row and field.</exception>
    public static IReadOnlyList<LearnInput> Read(ReadOnlySpan<byte> body, bool isLines, string task, EventReader events, in InputShape shape, IFeatureNames names, int maxRows)
    {
        var checkedRows = new Rows(task, shape, names, maxRows, encode: false);
        checkedRows.Read(body, isLines, events);
        var rows = new Rows(task, shape, names, maxRows, encode: true);
        rows.Read(body, isLines, events);
        return rows.Inputs;
    }

    private sealed class Rows(string task, InputShape shape, IFeatureNames names, int maxRows, bool encode)
    {
        private int _count;

        public List<LearnInput> Inputs { get; } = [];

        public void Read(ReadOnlySpan<byte> body, bool isLines, EventReader events)
        {
            if (isLines)
            {
                ReadLines(body, events);
            }
            else
            {
                ReadObject(body, events);
            }

            if (_count == 0)
            {
                throw ProblemException.Invalid("rows", "is empty; give at least one labelled row.");
            }
        }

        private void ReadLines(ReadOnlySpan<byte> body, EventReader events)
        {
            foreach (var range in body.Split((byte)'\n'))
            {
                var line = body[range].Trim(" \t\r"u8);
                if (line.IsEmpty)
                {
                    continue;
                }

                var path = FieldPath.ProbeRow(_count);
                var reader = new Utf8JsonReader(line);
                try
                {
                    reader.Read();
                    Row(ref reader, events, path);
                    JsonBodyShape.ReadEnd(ref reader);
                }
                catch (JsonException error)
                {
                    throw JsonText.Malformed(error, path.Self);
                }
            }
        }

        private void ReadObject(ReadOnlySpan<byte> body, EventReader events)
        {
            var reader = new Utf8JsonReader(body);
            try
            {
                JsonBodyShape.ReadObjectStart(ref reader, "body");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    if (!reader.ValueTextEquals("rows"u8))
                    {
                        throw EventProperties.Unknown(ref reader, FieldPath.Root, "rows");
                    }

                    if (_count > 0)
                    {
                        throw ProblemException.Invalid("rows", "is given twice; give it once.");
                    }

                    reader.Read();
                    ReadArray(ref reader, events);
                }

                JsonBodyShape.ReadEnd(ref reader);
            }
            catch (JsonException error)
            {
                throw JsonText.Malformed(error);
            }
        }

        private void ReadArray(ref Utf8JsonReader reader, EventReader events)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw ProblemException.Invalid("rows", $"is {JsonText.KindOf(reader.TokenType)}; give an array of labelled rows.");
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                Row(ref reader, events, FieldPath.ProbeRow(_count));
            }
        }

        private void Row(ref Utf8JsonReader reader, EventReader events, in FieldPath path)
        {
            if (_count == maxRows)
            {
                throw ProblemException.Invalid("rows", FormattableString.Invariant($"holds more than {maxRows} rows (Lifelong:ProbeRows); give a sample of them."));
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw ProblemException.Invalid(path.Self, $"is {JsonText.KindOf(reader.TokenType)}; give an object such as {{\"features\": …, \"label\": …}}.");
            }

            events.Begin();
            events.Read(ref reader, default, shape, path);
            Check(events, path);
            if (encode)
            {
                Inputs.Add(events.Encode(shape, names, actor: null, path));
            }

            _count++;
        }

        private void Check(EventReader events, in FieldPath path)
        {
            if (!events.HasTarget)
            {
                var name = shape.TargetSize == 0 ? "label" : "target";
                throw ProblemException.Invalid(path.Of(name), "is missing; a row of a probe set says what the right answer is.");
            }

            if (events.Task is { } named && named != task)
            {
                throw ProblemException.Invalid(path.Of("task"), $"is '{named}', and the probe set is that of '{task}'; leave it out, or send the row to the task it belongs to.");
            }

            if (events.Subject is not null)
            {
                throw ProblemException.Invalid(path.Of("subject"), "A probe set is no part of the journal, so erasing a person does not reach it. Leave out rows of people who may ask for that.");
            }
        }
    }
}
