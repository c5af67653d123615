using System.Globalization;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>Everything of an event but its features and numbers to predict.</summary>
internal struct EventFields
{
    /// <summary>Longest event id.</summary>
    public const int MaxEventIdBytes = 128;

    /// <summary>Longest label, entity and subject.</summary>
    public const int MaxTextBytes = 256;

    /// <summary>What a time must look like.</summary>
    public const string TimeHint = "is not a time; give ISO 8601, e.g. \"2026-03-01T12:00:00Z\" (without an offset it is UTC).";

    private const double MaxWeight = 1e6;

    public EventProperty Given;
    public bool HasFeatures;
    public string? EventId;
    public string? Label;
    public double? Reward;
    public double? Weight;
    public string? Task;
    public string? Entity;
    public string? Subject;
    public long? OccurredAt;

    /// <summary>Checks what only the whole event shows.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public readonly void Check(in InputShape shape, in FieldPath path, List<double> target)
    {
        if (!HasFeatures)
        {
            throw ProblemException.Invalid(path.Of("features"), "is missing; give the features of the example.");
        }

        if (shape.Target == TargetKind.Anomaly && (Label is not null || target.Count > 0))
        {
            throw ProblemException.Invalid(path.Of(Label is not null ? "label" : "target"), "The model learns without labels what is usual (target kind 'anomaly'); leave it out.");
        }

        if (shape.Target == TargetKind.Value && Label is not null)
        {
            throw ProblemException.Invalid(path.Of("label"), "The model predicts numbers (target kind 'value'); give 'target' instead.");
        }

        if (shape.Target == TargetKind.Label && target.Count > 0)
        {
            throw ProblemException.Invalid(path.Of("target"), "The model predicts classes (target kind 'label'); give 'label' instead.");
        }

        if (target.Count > 0 && target.Count != shape.TargetSize)
        {
            throw ProblemException.Invalid(path.Of("target"), FormattableString.Invariant($"Holds {target.Count} numbers; the model predicts {shape.TargetSize}."));
        }

        if (Weight is < 0 or > MaxWeight)
        {
            throw ProblemException.Invalid(path.Of("weight"), FormattableString.Invariant($"{Weight} is out of range; give 0 … 1000000."));
        }

        if (Task is not null && !NameRule.IsName(Task))
        {
            throw ProblemException.Invalid(path.Of("task"), NameRule.Hint);
        }
    }

    /// <summary>Checks that a text has 1 … <paramref name="maxBytes"/> bytes.</summary>
    public static void CheckLength(int bytes, string name, in FieldPath path, int maxBytes)
    {
        if (bytes == 0)
        {
            throw ProblemException.Invalid(path.Of(name), "is empty; give a text or leave it out.");
        }

        if (bytes > maxBytes)
        {
            throw ProblemException.Invalid(path.Of(name), FormattableString.Invariant($"has {bytes} bytes; give at most {maxBytes}."));
        }
    }

    /// <summary>Reads ISO 8601 into microseconds since 1970-01-01 UTC. A time without an offset is UTC, so that the answer does not depend on the machine.</summary>
    public static bool TryReadTime(string? text, out long micros)
    {
        micros = 0;
        if (text is not { Length: >= 10 } || text[4] != '-' || text[7] != '-' || (text.Length > 10 && text[10] != 'T')
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return false;
        }

        micros = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return true;
    }
}
