using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>What a predict call may say beside its examples: when to abstain, and whether to explain.</summary>
internal struct PredictOptions
{
    private const int MostTop = 1000;

    /// <summary>Probability below which the label is withheld.</summary>
    public float? AbstainBelow { get; private set; }

    /// <summary>Whether to explain.</summary>
    public bool? Explain { get; private set; }

    /// <summary>Contributions to say.</summary>
    public int? Top { get; private set; }

    /// <summary>Reads a property where it is one of these.</summary>
    /// <param name="reader">At the name of a property; after its value where this returns true.</param>
    /// <param name="shape">What the model predicts.</param>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public bool TryRead(ref Utf8JsonReader reader, in InputShape shape)
    {
        if (reader.ValueTextEquals("abstainBelow"u8))
        {
            Once(AbstainBelow is null, "abstainBelow");
            AbstainBelow = shape.Target == TargetKind.Value
                ? throw ProblemException.Invalid("abstainBelow", "The model predicts numbers (target kind 'value'); leave abstainBelow out.")
                : ReadProbability(ref reader);
            return true;
        }

        if (reader.ValueTextEquals("explain"u8))
        {
            Once(Explain is null, "explain");
            reader.Read();
            Explain = reader.TokenType is JsonTokenType.True or JsonTokenType.False
                ? reader.GetBoolean()
                : reader.TokenType == JsonTokenType.Null ? null : throw ProblemException.Invalid("explain", $"is {JsonText.KindOf(reader.TokenType)}; give true or false.");
            return true;
        }

        if (reader.ValueTextEquals("top"u8))
        {
            Once(Top is null, "top");
            reader.Read();
            Top = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var top) && top is >= 1 and <= MostTop
                ? top
                : reader.TokenType == JsonTokenType.Null ? null : throw ProblemException.Invalid("top", FormattableString.Invariant($"is not a whole number from 1 to {MostTop}; say how many contributions to answer."));
            return true;
        }

        return false;
    }

    /// <summary>Refuses what does not go together.</summary>
    public readonly void Check(bool isSingle, bool hasLabels)
    {
        if (Explain == true && !isSingle)
        {
            throw ProblemException.Invalid("explain", "goes with the features of one example; ask for one row at a time.");
        }

        if (Explain == true && hasLabels)
        {
            throw ProblemException.Invalid("explain", "explains the answer among all classes; leave labels out.");
        }

        if (Top is not null && Explain != true)
        {
            throw ProblemException.Invalid("top", "says how many contributions to answer; it goes with \"explain\": true.");
        }
    }

    private static float? ReadProbability(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        return reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number is >= 0d and <= 1d
            ? (float)number
            : throw ProblemException.Invalid("abstainBelow", "is not a number from 0 to 1; give the probability below which the label is withheld.");
    }

    private static void Once(bool isFirst, string name)
    {
        if (!isFirst)
        {
            throw ProblemException.Invalid(name, "is given twice; give it once.");
        }
    }
}
