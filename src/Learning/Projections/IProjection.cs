using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>Presynaptic activity to postsynaptic drive.</summary>
public interface IProjection
{
    /// <summary>Adds this projection's share to the drive of its postsynaptic population.</summary>
    /// <param name="step">The step.</param>
    void Transmit(in StepContext step);
}
