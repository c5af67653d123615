using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>
/// Rows of a comma-separated file with a header line. A field that reads as a finite number is a number, <c>true</c> and <c>false</c>
/// are booleans, an empty field is missing, anything else is text.
/// </summary>
internal sealed class CsvRowReader : RowReader
{
    private readonly InputFile _file;
    private readonly CsvReader _fields;
    private readonly CsvColumns _columns;
    private CsvMalformedReason? _malformed;

    private CsvRowReader(InputFile file, CsvColumns columns)
    {
        _file = file;
        _columns = columns;
        _fields = CsvReader.Create(file.Content, CsvReaderOptions.Default with { OnMalformedRecord = found => _malformed = found.Reason });
    }

    /// <summary>Whether features are written as an array in the order of the columns instead of an object by name.</summary>
    internal bool Dense { get; set; }

    internal override double Fraction => _file.Fraction;

    /// <summary>Opens a file and reads its header.</summary>
    internal static async Task<CsvRowReader> OpenAsync(string path, CsvRoles roles, CancellationToken cancellationToken)
    {
        var columns = new CsvColumns(path, roles);
        var reader = new CsvRowReader(InputFile.Open(path), columns);
        try
        {
            await reader._fields.ReadHeaderAsync(cancellationToken);
            columns.ReadHeader([.. reader._fields.Headers]);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    internal override InputSpec GuessInput() => new() { Kind = InputKind.Named };

    internal override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _malformed = null;
        if (!await _fields.ReadAsync(cancellationToken))
        {
            return false;
        }

        Number++;
        (Label, Task, Entity, OccurredAt, Target, Error) = (null, null, null, null, null, null);
        Error = Damage();
        if (Error is not null)
        {
            return true;
        }

        Label = Text(_columns.Label);
        Task = Text(_columns.Task);
        Entity = Text(_columns.Entity);
        OccurredAt = Text(_columns.OccurredAt);
        ReadTargets();
        return true;
    }

    /// <summary>The numbers to predict; none where all of their fields are empty.</summary>
    private void ReadTargets()
    {
        if (_columns.Targets.All(column => _fields.GetSpan(column).IsEmpty))
        {
            return;
        }

        var targets = new double[_columns.Targets.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            if (!TryNumber(_fields.GetSpan(_columns.Targets[i]), out targets[i]))
            {
                Error = $"has the target '{_fields.GetString(_columns.Targets[i])}', which is not a number";
                return;
            }
        }

        Target = targets;
    }

    internal override void WriteFeatures(Utf8JsonWriter writer)
    {
        if (Dense)
        {
            writer.WriteStartArray();
            foreach (var (index, _) in _columns.Features)
            {
                WriteValue(writer, _fields.GetSpan(index));
            }

            writer.WriteEndArray();
            return;
        }

        writer.WriteStartObject();
        foreach (var (index, name) in _columns.Features)
        {
            var text = _fields.GetSpan(index);
            if (!text.IsEmpty)
            {
                writer.WritePropertyName(name);
                WriteValue(writer, text);
            }
        }

        writer.WriteEndObject();
    }

    public override async ValueTask DisposeAsync()
    {
        await _fields.DisposeAsync();
        await _file.DisposeAsync();
        await base.DisposeAsync();
    }

    // A quotation mark inside a field is a quotation mark; one that is never closed has swallowed rows.
    private string? Damage() =>
        _malformed is CsvMalformedReason.UnterminatedQuote or CsvMalformedReason.TextAfterClosingQuote ? "has a quotation mark that is not closed where its field ends"
        : !Utf8.IsValid(_fields.RawRecord) ? "is not UTF-8"
        : _fields.FieldCount != _columns.Count ? $"has {_fields.FieldCount} fields, the header has {_columns.Count}"
        : null;

    private string? Text(int? column) => column is { } index && !_fields.GetSpan(index).IsEmpty ? _fields.GetString(index) : null;

    private static void WriteValue(Utf8JsonWriter writer, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            writer.WriteNullValue();
        }
        else if (TryNumber(text, out var number))
        {
            writer.WriteNumberValue(number);
        }
        else if (Utf8Parser.TryParse(text, out bool flag, out var used) && used == text.Length)
        {
            writer.WriteBooleanValue(flag);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
