using System.Globalization;
using LifelongApi.Cli.Output;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Ingest;

/// <summary>Counts the outcomes of an ingest and scores the predictions that were made before learning.</summary>
internal sealed class IngestTally
{
    private const int ToldErrors = 5;
    private readonly long _started;
    private readonly TimeProvider _time;
    private long _learned;
    private long _observed;
    private long _skipped;
    private long _duplicates;
    private long _errors;
    private long _scoredLabels;
    private long _rightLabels;
    private long _scoredValues;
    private double _absoluteError;
    private double _fraction;

    internal IngestTally(TimeProvider time)
    {
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <summary>The first few refusals in words.</summary>
    internal List<string> Messages { get; } = [];

    /// <summary>Rows with an outcome.</summary>
    internal long Rows => Acknowledged + _errors;

    /// <summary>Rows that are safe in the journal.</summary>
    internal long Acknowledged => _learned + _observed + _skipped + _duplicates;

    /// <summary>Rows refused or not readable.</summary>
    internal long Errors => _errors;

    internal void Add(in ExpectedRow row, LearnResult result)
    {
        _fraction = row.Fraction;
        switch (result.Status)
        {
            case LearnStatus.Learned: _learned++; break;
            case LearnStatus.Observed: _observed++; break;
            case LearnStatus.Skipped: _skipped++; break;
            case LearnStatus.Duplicate: _duplicates++; break;
            default:
                AddError(row.Number, result.Error?.Detail ?? result.Reason ?? result.Error?.Title ?? "was refused");
                return;
        }

        if (result.Prediction is { } prediction)
        {
            Score(row, prediction);
        }
        else if (row.Label is not null && result.Status != LearnStatus.Skipped)
        {
            // Before the first label the model had nothing to say, which was not right either: the service's metrics count it so.
            _scoredLabels++;
        }
    }

    internal void AddError(long row, string message)
    {
        _errors++;
        if (Messages.Count < ToldErrors)
        {
            Messages.Add(string.Create(CultureInfo.InvariantCulture, $"row {row}: {message}"));
        }
    }

    internal IngestReport Report()
    {
        var seconds = _time.GetElapsedTime(_started).TotalSeconds;
        return new IngestReport
        {
            Rows = Rows,
            Learned = _learned,
            Observed = _observed,
            Skipped = _skipped,
            Duplicates = _duplicates,
            Errors = _errors,
            Accuracy = _scoredLabels == 0 ? null : (double)_rightLabels / _scoredLabels,
            MeanAbsoluteError = _scoredValues == 0 ? null : _absoluteError / _scoredValues,
            Seconds = Math.Round(seconds, 3),
            RowsPerSecond = seconds > 0 ? Math.Round(Rows / seconds, 1) : 0,
        };
    }

    internal ProgressState Progress()
    {
        var report = Report();
        var status = string.Create(CultureInfo.InvariantCulture, $"{report.Rows:N0} rows  {report.RowsPerSecond:N0}/s");
        if (report.Accuracy is { } accuracy)
        {
            status += string.Create(CultureInfo.InvariantCulture, $"  accuracy {accuracy:F4}");
        }

        if (report.MeanAbsoluteError is { } error)
        {
            status += string.Create(CultureInfo.InvariantCulture, $"  mean absolute error {error:G4}");
        }

        if (report.Duplicates > 0)
        {
            status += string.Create(CultureInfo.InvariantCulture, $"  {report.Duplicates:N0} known");
        }

        if (report.Errors > 0)
        {
            status += string.Create(CultureInfo.InvariantCulture, $"  {report.Errors:N0} errors");
        }

        return new ProgressState(_fraction, status);
    }

    private void Score(in ExpectedRow row, Prediction prediction)
    {
        if (row.Label is { } label)
        {
            _scoredLabels++;
            _rightLabels += prediction.MostProbable() == label ? 1 : 0;
        }
        else if (row.Target is { } target && prediction.Values is { } values && values.Count == target.Count)
        {
            for (var i = 0; i < target.Count; i++)
            {
                _scoredValues++;
                _absoluteError += Math.Abs(values[i] - target[i]);
            }
        }
    }
}
