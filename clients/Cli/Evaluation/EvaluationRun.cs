using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Cli.Ingest;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Client;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Evaluation;

/// <summary>Predicts the rows of a labelled file in batches and compares. Learns nothing.</summary>
internal sealed class EvaluationRun(LifelongClient client, string model, RowReader rows, int? version, TimeProvider time)
{
    private const int BatchRows = 1_000;
    private const int BatchBytes = 4_000_000;

    private readonly long _started = time.GetTimestamp();
    private readonly ConfusionMatrix _confusion = new();
    private readonly PredictionQuality _quality = new();
    private long _errors;
    private long _values;
    private long _valueRows;
    private double _absoluteError;
    private double _squaredError;
    private double _fraction;

    /// <summary>The matrix, for display.</summary>
    internal ConfusionMatrix Confusion => _confusion;

    internal async Task RunAsync(long limit, CancellationToken cancellationToken)
    {
        // One batch is predicted while the next is read.
        (Task<PredictBatchResponse> Answer, List<ExpectedRow> Expected)? underWay = null;
        var left = limit;
        while (true)
        {
            var (body, expected, isLast) = await NextBatchAsync(left, cancellationToken);
            left -= expected.Count;
            if (underWay is { } before)
            {
                Compare(before.Expected, await before.Answer);
            }

            underWay = expected.Exists(row => row.Error is null)
                ? (client.PredictJsonAsync(model, body, version, cancellationToken), expected)
                : null;
            _errors += expected.Count(row => row.Error is not null);
            if (isLast)
            {
                break;
            }
        }

        if (underWay is { } last)
        {
            Compare(last.Expected, await last.Answer);
        }
    }

    internal EvaluationReport Report()
    {
        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var count = _confusion.Count + _valueRows;
        return new EvaluationReport
        {
            Rows = count,
            Errors = _errors,
            Accuracy = _confusion.Count == 0 ? null : (double)_confusion.Right / _confusion.Count,
            Quality = _quality.OfLabels(),
            Classes = _quality.OfClasses(),
            Confusion = _confusion.Count == 0 ? null : _confusion.Counts,
            MeanAbsoluteError = _values == 0 ? null : _absoluteError / _values,
            RootMeanSquaredError = _values == 0 ? null : Math.Sqrt(_squaredError / _values),
            RSquared = _quality.RSquared(_squaredError),
            Seconds = Math.Round(seconds, 3),
            RowsPerSecond = seconds > 0 ? Math.Round(count / seconds, 1) : 0,
        };
    }

    internal ProgressState Progress()
    {
        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var count = _confusion.Count + _valueRows;
        var status = string.Create(CultureInfo.InvariantCulture, $"{count:N0} rows  {count / seconds:N0}/s");
        return new ProgressState(_fraction, _confusion.Count == 0
            ? status
            : status + string.Create(CultureInfo.InvariantCulture, $"  accuracy {(double)_confusion.Right / _confusion.Count:F4}"));
    }

    private async Task<(byte[] Body, List<ExpectedRow> Expected, bool IsLast)> NextBatchAsync(long limit, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        var expected = new List<ExpectedRow>();
        var isLast = false;
        await using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteStartArray("rows"u8);
        while (expected.Count < BatchRows && writer.BytesCommitted + writer.BytesPending < BatchBytes)
        {
            if (expected.Count >= limit || !await rows.ReadAsync(cancellationToken))
            {
                isLast = true;
                break;
            }

            var error = rows.Error ?? (rows.Label is null && rows.Target is null ? "has no label" : null);
            expected.Add(new ExpectedRow(rows.Number, rows.Label, rows.Target, rows.Fraction, error));
            if (error is null)
            {
                rows.WriteFeatures(writer);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        return (buffer.WrittenSpan.ToArray(), expected, isLast);
    }

    private void Compare(List<ExpectedRow> expected, PredictBatchResponse answer)
    {
        var at = 0;
        foreach (var row in expected)
        {
            _fraction = row.Fraction;
            if (row.Error is not null)
            {
                continue;
            }

            var prediction = at < answer.Results.Count
                ? answer.Results[at++]
                : throw new InvalidDataException("The service answered fewer rows than were asked.");
            if (row.Label is { } label)
            {
                _confusion.Add(label, prediction.MostProbable());
                _quality.Add(label, prediction);
            }
            else
            {
                CompareValues(row, prediction);
            }
        }
    }

    private void CompareValues(in ExpectedRow row, Prediction prediction)
    {
        if (prediction.Values is not { } values || values.Count != row.Target!.Count)
        {
            throw new CliException($"Row {row.Number} has {row.Target!.Count} numbers to predict, the model answers {prediction.Values?.Count ?? 0}.");
        }

        _valueRows++;
        _quality.Add(row.Target);
        for (var i = 0; i < values.Count; i++)
        {
            var difference = values[i] - row.Target[i];
            _values++;
            _absoluteError += Math.Abs(difference);
            _squaredError += difference * difference;
        }
    }
}
