using System.Buffers;
using System.Text;
using System.Text.Json;
using LifelongApi.Client.Streaming;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>Rows that are learn events already, one JSON object a line. They are passed through; an id is added where there is none.</summary>
internal sealed class NdjsonRowReader : RowReader
{
    private static readonly TargetConverter Targets = new();
    private readonly InputFile _file;
    private readonly LineReader _lines;
    private ReadOnlyMemory<byte> _line;
    private Range _features;
    private bool _hasId;
    private bool _isFeedback;
    private bool _isEmpty;

    private NdjsonRowReader(InputFile file)
    {
        _file = file;
        _lines = new LineReader(file.Content);
    }

    internal override double Fraction => _file.Fraction;

    internal static NdjsonRowReader Open(string path) => new(InputFile.Open(path));

    internal override InputSpec GuessInput()
    {
        if (Error is not null)
        {
            throw new CliException($"Row {Number} {Error}: give --input, or create the model first.");
        }

        using var features = JsonDocument.Parse(_line[_features]);
        return features.RootElement.ValueKind switch
        {
            JsonValueKind.Array => new InputSpec { Kind = InputKind.Vector, Size = features.RootElement.GetArrayLength() },
            JsonValueKind.String => new InputSpec { Kind = InputKind.Vector, Size = features.RootElement.GetBytesFromBase64().Length / sizeof(float) },
            _ => new InputSpec { Kind = InputKind.Named },
        };
    }

    /// <summary>Reads the next line that is not blank. Rows are numbered by line, so blank lines leave gaps.</summary>
    internal override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (!await _lines.ReadAsync(cancellationToken))
            {
                return false;
            }

            Number++;
            _line = _lines.Line;
            if (Number == 1 && _line.Span.StartsWith("\uFEFF"u8))
            {
                _line = _line[3..];
            }

            _line = _line.Trim(" \t"u8.ToArray());
        }
        while (_line.Length == 0);
        Examine();
        return true;
    }

    internal override void WriteFeatures(Utf8JsonWriter writer) => writer.WriteRawValue(_line.Span[_features], skipInputValidation: true);

    internal override void WriteEvent(IBufferWriter<byte> destination, string eventId)
    {
        if (_hasId || _isFeedback)
        {
            destination.Write(_line.Span);
            return;
        }

        destination.Write("{\"eventId\":"u8);
        destination.Write(JsonSerializer.SerializeToUtf8Bytes(eventId));
        if (!_isEmpty)
        {
            destination.Write(","u8);
        }

        destination.Write(_line.Span[1..]);
    }

    public override async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await base.DisposeAsync();
    }

    // One pass that checks the whole line and keeps what the tally needs.
    private void Examine()
    {
        (Label, Target, Task, Error, _hasId, _isFeedback, _isEmpty, _features) = (null, null, null, null, false, false, true, default);
        try
        {
            var json = new Utf8JsonReader(_line.Span);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                Error = "is not a JSON object";
                return;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                _isEmpty = false;
                Keep(ref json);
            }

            // Whatever follows the object on the line is an error of the reader's.
            json.Read();
            Error = _features.Equals(default(Range)) && !_isFeedback ? "has no features" : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            Error = $"cannot be read: {JsonReason.Of(exception)}";
        }
    }

    private void Keep(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("features"u8))
        {
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            _features = start..(int)json.BytesConsumed;
        }
        else if (json.ValueTextEquals("feedback"u8))
        {
            // Its id follows from the event that it answers.
            json.Read();
            _isFeedback = json.TokenType == JsonTokenType.String;
        }
        else if (json.ValueTextEquals("eventId"u8))
        {
            json.Read();
            _hasId = json.TokenType == JsonTokenType.String;
            if (!_hasId)
            {
                throw new JsonException("eventId must be text; leave it out to have one made.");
            }
        }
        else if (json.ValueTextEquals("label"u8))
        {
            json.Read();
            Label = json.TokenType switch
            {
                JsonTokenType.String => json.GetString(),
                JsonTokenType.Number => Encoding.UTF8.GetString(json.ValueSpan),
                JsonTokenType.True => "true",
                JsonTokenType.False => "false",
                _ => null,
            };
            json.Skip();
        }
        else if (json.ValueTextEquals("target"u8))
        {
            json.Read();
            Target = json.TokenType == JsonTokenType.Null ? null : Targets.Read(ref json, typeof(IReadOnlyList<double>), ContractJson.Options);
        }
        else if (json.ValueTextEquals("task"u8))
        {
            json.Read();
            Task = json.TokenType == JsonTokenType.String ? json.GetString() : null;
            json.Skip();
        }
        else
        {
            json.Read();
            json.Skip();
        }
    }
}
