using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Who fills the credit (minus the loss gradient with respect to the drive) of the populations below the head.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NoCreditSpec), "none")]
[JsonDerivedType(typeof(BackpropCreditSpec), "backprop")]
public abstract record CreditSpec;

/// <summary>Only the head's population has credit: for networks whose lower layers learn by local rules alone.</summary>
public sealed record NoCreditSpec : CreditSpec;

/// <summary>Rumelhart, Hinton and Williams 1986: δ_pre = f′ · (W δ_post).</summary>
public sealed record BackpropCreditSpec : CreditSpec;
