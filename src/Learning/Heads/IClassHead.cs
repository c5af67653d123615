using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>A head that answers with class probabilities: it can be a member of an ensemble.</summary>
public interface IClassHead : IHead
{
    /// <summary>Probabilities of the classes known.</summary>
    /// <param name="classCount">Classes known.</param>
    /// <param name="step">The step.</param>
    /// <param name="probabilities">Shape [classCount]; overwritten, sums to 1.</param>
    void Probabilities(int classCount, in StepContext step, Span<float> probabilities);
}
