using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Credit;

/// <summary>Who is to blame: carries the head's credit to the populations below. Credit is minus the loss gradient, always.</summary>
public interface ICreditAssigner
{
    /// <summary>Fills the credit of the populations below the head's.</summary>
    /// <param name="step">The step; writes the credit slots.</param>
    void Assign(in StepContext step);
}

/// <summary>Nobody but the head's own population: for networks whose lower layers learn by local rules.</summary>
public sealed class NoCredit : ICreditAssigner
{
    /// <inheritdoc/>
    public void Assign(in StepContext step)
    {
    }
}
