// Made by scripts/generate/types.mjs: do not edit.

/** io.k8s.api.admissionregistration.v1.ApplyConfiguration */
export interface ApplyConfiguration {
  expression?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.AuditAnnotation */
export interface AuditAnnotation {
  key: string
  valueExpression: string
}

/** io.k8s.api.admissionregistration.v1.ExpressionWarning */
export interface ExpressionWarning {
  fieldRef: string
  warning: string
}

/** io.k8s.api.admissionregistration.v1.JSONPatch */
export interface JSONPatch {
  expression?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.MatchCondition */
export interface MatchCondition {
  expression: string
  name: string
}

/** io.k8s.api.admissionregistration.v1.MatchResources */
export interface MatchResources {
  excludeResourceRules?: NamedRuleWithOperations[] | undefined
  matchPolicy?: string | undefined
  namespaceSelector?: LabelSelector | undefined
  objectSelector?: LabelSelector | undefined
  resourceRules?: NamedRuleWithOperations[] | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy */
export interface MutatingAdmissionPolicy {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: MutatingAdmissionPolicySpec | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding */
export interface MutatingAdmissionPolicyBinding {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: MutatingAdmissionPolicyBindingSpec | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingList */
export interface MutatingAdmissionPolicyBindingList {
  apiVersion?: string | undefined
  items: MutatingAdmissionPolicyBinding[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec */
export interface MutatingAdmissionPolicyBindingSpec {
  matchResources?: MatchResources | undefined
  paramRef?: ParamRef | undefined
  policyName?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyList */
export interface MutatingAdmissionPolicyList {
  apiVersion?: string | undefined
  items: MutatingAdmissionPolicy[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec */
export interface MutatingAdmissionPolicySpec {
  failurePolicy?: string | undefined
  matchConditions?: MatchCondition[] | undefined
  matchConstraints?: MatchResources | undefined
  mutations?: Mutation[] | undefined
  paramKind?: ParamKind | undefined
  reinvocationPolicy?: string | undefined
  variables?: Variable[] | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingWebhook */
export interface MutatingWebhook {
  admissionReviewVersions: string[]
  clientConfig: AdmissionregistrationV1WebhookClientConfig
  failurePolicy?: string | undefined
  matchConditions?: MatchCondition[] | undefined
  matchPolicy?: string | undefined
  name: string
  namespaceSelector?: LabelSelector | undefined
  objectSelector?: LabelSelector | undefined
  reinvocationPolicy?: string | undefined
  rules?: RuleWithOperations[] | undefined
  sideEffects: string
  timeoutSeconds?: number | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration */
export interface MutatingWebhookConfiguration {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  webhooks?: MutatingWebhook[] | undefined
}

/** io.k8s.api.admissionregistration.v1.MutatingWebhookConfigurationList */
export interface MutatingWebhookConfigurationList {
  apiVersion?: string | undefined
  items: MutatingWebhookConfiguration[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.Mutation */
export interface Mutation {
  applyConfiguration?: ApplyConfiguration | undefined
  jsonPatch?: JSONPatch | undefined
  patchType: string
}

/** io.k8s.api.admissionregistration.v1.NamedRuleWithOperations */
export interface NamedRuleWithOperations {
  apiGroups?: string[] | undefined
  apiVersions?: string[] | undefined
  operations?: string[] | undefined
  resourceNames?: string[] | undefined
  resources?: string[] | undefined
  scope?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.ParamKind */
export interface ParamKind {
  apiVersion?: string | undefined
  kind?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.ParamRef */
export interface ParamRef {
  name?: string | undefined
  namespace?: string | undefined
  parameterNotFoundAction?: string | undefined
  selector?: LabelSelector | undefined
}

/** io.k8s.api.admissionregistration.v1.RuleWithOperations */
export interface RuleWithOperations {
  apiGroups?: string[] | undefined
  apiVersions?: string[] | undefined
  operations?: string[] | undefined
  resources?: string[] | undefined
  scope?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.ServiceReference */
export interface AdmissionregistrationV1ServiceReference {
  name: string
  namespace: string
  path?: string | undefined
  port?: number | undefined
}

/** io.k8s.api.admissionregistration.v1.TypeChecking */
export interface TypeChecking {
  expressionWarnings?: ExpressionWarning[] | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy */
export interface ValidatingAdmissionPolicy {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ValidatingAdmissionPolicySpec | undefined
  status?: ValidatingAdmissionPolicyStatus | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding */
export interface ValidatingAdmissionPolicyBinding {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: ValidatingAdmissionPolicyBindingSpec
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingList */
export interface ValidatingAdmissionPolicyBindingList {
  apiVersion?: string | undefined
  items: ValidatingAdmissionPolicyBinding[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec */
export interface ValidatingAdmissionPolicyBindingSpec {
  matchResources?: MatchResources | undefined
  paramRef?: ParamRef | undefined
  policyName: string
  validationActions: string[]
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyList */
export interface ValidatingAdmissionPolicyList {
  apiVersion?: string | undefined
  items: ValidatingAdmissionPolicy[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec */
export interface ValidatingAdmissionPolicySpec {
  auditAnnotations?: AuditAnnotation[] | undefined
  failurePolicy?: string | undefined
  matchConditions?: MatchCondition[] | undefined
  matchConstraints?: MatchResources | undefined
  paramKind?: ParamKind | undefined
  validations?: Validation[] | undefined
  variables?: Variable[] | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus */
export interface ValidatingAdmissionPolicyStatus {
  conditions?: Condition[] | undefined
  observedGeneration?: number | undefined
  typeChecking?: TypeChecking | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingWebhook */
export interface ValidatingWebhook {
  admissionReviewVersions: string[]
  clientConfig: AdmissionregistrationV1WebhookClientConfig
  failurePolicy?: string | undefined
  matchConditions?: MatchCondition[] | undefined
  matchPolicy?: string | undefined
  name: string
  namespaceSelector?: LabelSelector | undefined
  objectSelector?: LabelSelector | undefined
  rules?: RuleWithOperations[] | undefined
  sideEffects: string
  timeoutSeconds?: number | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration */
export interface ValidatingWebhookConfiguration {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  webhooks?: ValidatingWebhook[] | undefined
}

/** io.k8s.api.admissionregistration.v1.ValidatingWebhookConfigurationList */
export interface ValidatingWebhookConfigurationList {
  apiVersion?: string | undefined
  items: ValidatingWebhookConfiguration[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.admissionregistration.v1.Validation */
export interface Validation {
  expression: string
  message?: string | undefined
  messageExpression?: string | undefined
  reason?: string | undefined
}

/** io.k8s.api.admissionregistration.v1.Variable */
export interface Variable {
  expression: string
  name: string
}

/** io.k8s.api.admissionregistration.v1.WebhookClientConfig */
export interface AdmissionregistrationV1WebhookClientConfig {
  caBundle?: string | undefined
  service?: AdmissionregistrationV1ServiceReference | undefined
  url?: string | undefined
}

/** io.k8s.api.apps.v1.ControllerRevision */
export interface ControllerRevision {
  apiVersion?: string | undefined
  data?: Record<string, unknown> | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  revision: number
}

/** io.k8s.api.apps.v1.ControllerRevisionList */
export interface ControllerRevisionList {
  apiVersion?: string | undefined
  items: ControllerRevision[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.apps.v1.DaemonSet */
export interface DaemonSet {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: DaemonSetSpec | undefined
  status?: DaemonSetStatus | undefined
}

/** io.k8s.api.apps.v1.DaemonSetCondition */
export interface DaemonSetCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.apps.v1.DaemonSetList */
export interface DaemonSetList {
  apiVersion?: string | undefined
  items: DaemonSet[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.apps.v1.DaemonSetSpec */
export interface DaemonSetSpec {
  minReadySeconds?: number | undefined
  revisionHistoryLimit?: number | undefined
  selector: LabelSelector
  template: PodTemplateSpec
  updateStrategy?: DaemonSetUpdateStrategy | undefined
}

/** io.k8s.api.apps.v1.DaemonSetStatus */
export interface DaemonSetStatus {
  collisionCount?: number | undefined
  conditions?: DaemonSetCondition[] | undefined
  currentNumberScheduled: number
  desiredNumberScheduled: number
  numberAvailable?: number | undefined
  numberMisscheduled: number
  numberReady: number
  numberUnavailable?: number | undefined
  observedGeneration?: number | undefined
  updatedNumberScheduled?: number | undefined
}

/** io.k8s.api.apps.v1.DaemonSetUpdateStrategy */
export interface DaemonSetUpdateStrategy {
  rollingUpdate?: RollingUpdateDaemonSet | undefined
  type?: string | undefined
}

/** io.k8s.api.apps.v1.Deployment */
export interface Deployment {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: DeploymentSpec | undefined
  status?: DeploymentStatus | undefined
}

/** io.k8s.api.apps.v1.DeploymentCondition */
export interface DeploymentCondition {
  lastTransitionTime?: string | undefined
  lastUpdateTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.apps.v1.DeploymentList */
export interface DeploymentList {
  apiVersion?: string | undefined
  items: Deployment[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.apps.v1.DeploymentSpec */
export interface DeploymentSpec {
  minReadySeconds?: number | undefined
  paused?: boolean | undefined
  progressDeadlineSeconds?: number | undefined
  replicas?: number | undefined
  revisionHistoryLimit?: number | undefined
  selector: LabelSelector
  strategy?: DeploymentStrategy | undefined
  template: PodTemplateSpec
}

/** io.k8s.api.apps.v1.DeploymentStatus */
export interface DeploymentStatus {
  availableReplicas?: number | undefined
  collisionCount?: number | undefined
  conditions?: DeploymentCondition[] | undefined
  observedGeneration?: number | undefined
  readyReplicas?: number | undefined
  replicas?: number | undefined
  terminatingReplicas?: number | undefined
  unavailableReplicas?: number | undefined
  updatedReplicas?: number | undefined
}

/** io.k8s.api.apps.v1.DeploymentStrategy */
export interface DeploymentStrategy {
  rollingUpdate?: RollingUpdateDeployment | undefined
  type?: string | undefined
}

/** io.k8s.api.apps.v1.ReplicaSet */
export interface ReplicaSet {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ReplicaSetSpec | undefined
  status?: ReplicaSetStatus | undefined
}

/** io.k8s.api.apps.v1.ReplicaSetCondition */
export interface ReplicaSetCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.apps.v1.ReplicaSetList */
export interface ReplicaSetList {
  apiVersion?: string | undefined
  items: ReplicaSet[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.apps.v1.ReplicaSetSpec */
export interface ReplicaSetSpec {
  minReadySeconds?: number | undefined
  replicas?: number | undefined
  selector: LabelSelector
  template?: PodTemplateSpec | undefined
}

/** io.k8s.api.apps.v1.ReplicaSetStatus */
export interface ReplicaSetStatus {
  availableReplicas?: number | undefined
  conditions?: ReplicaSetCondition[] | undefined
  fullyLabeledReplicas?: number | undefined
  observedGeneration?: number | undefined
  readyReplicas?: number | undefined
  replicas: number
  terminatingReplicas?: number | undefined
}

/** io.k8s.api.apps.v1.RollingUpdateDaemonSet */
export interface RollingUpdateDaemonSet {
  maxSurge?: number | string | undefined
  maxUnavailable?: number | string | undefined
}

/** io.k8s.api.apps.v1.RollingUpdateDeployment */
export interface RollingUpdateDeployment {
  maxSurge?: number | string | undefined
  maxUnavailable?: number | string | undefined
}

/** io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy */
export interface RollingUpdateStatefulSetStrategy {
  maxUnavailable?: number | string | undefined
  partition?: number | undefined
}

/** io.k8s.api.apps.v1.StatefulSet */
export interface StatefulSet {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: StatefulSetSpec | undefined
  status?: StatefulSetStatus | undefined
}

/** io.k8s.api.apps.v1.StatefulSetCondition */
export interface StatefulSetCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.apps.v1.StatefulSetList */
export interface StatefulSetList {
  apiVersion?: string | undefined
  items: StatefulSet[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.apps.v1.StatefulSetOrdinals */
export interface StatefulSetOrdinals {
  start?: number | undefined
}

/** io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy */
export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  whenDeleted?: string | undefined
  whenScaled?: string | undefined
}

/** io.k8s.api.apps.v1.StatefulSetSpec */
export interface StatefulSetSpec {
  minReadySeconds?: number | undefined
  ordinals?: StatefulSetOrdinals | undefined
  persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy | undefined
  podManagementPolicy?: string | undefined
  replicas?: number | undefined
  revisionHistoryLimit?: number | undefined
  selector: LabelSelector
  serviceName?: string | undefined
  template: PodTemplateSpec
  updateStrategy?: StatefulSetUpdateStrategy | undefined
  volumeClaimTemplates?: PersistentVolumeClaim[] | undefined
}

/** io.k8s.api.apps.v1.StatefulSetStatus */
export interface StatefulSetStatus {
  availableReplicas?: number | undefined
  collisionCount?: number | undefined
  conditions?: StatefulSetCondition[] | undefined
  currentReplicas?: number | undefined
  currentRevision?: string | undefined
  observedGeneration?: number | undefined
  readyReplicas?: number | undefined
  replicas: number
  updateRevision?: string | undefined
  updatedReplicas?: number | undefined
}

/** io.k8s.api.apps.v1.StatefulSetUpdateStrategy */
export interface StatefulSetUpdateStrategy {
  rollingUpdate?: RollingUpdateStatefulSetStrategy | undefined
  type?: string | undefined
}

/** io.k8s.api.authentication.v1.BoundObjectReference */
export interface BoundObjectReference {
  apiVersion?: string | undefined
  kind?: string | undefined
  name?: string | undefined
  uid?: string | undefined
}

/** io.k8s.api.authentication.v1.SelfSubjectReview */
export interface SelfSubjectReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  status?: SelfSubjectReviewStatus | undefined
}

/** io.k8s.api.authentication.v1.SelfSubjectReviewStatus */
export interface SelfSubjectReviewStatus {
  userInfo?: UserInfo | undefined
}

/** io.k8s.api.authentication.v1.TokenRequest */
export interface AuthenticationV1TokenRequest {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: TokenRequestSpec | undefined
  status?: TokenRequestStatus | undefined
}

/** io.k8s.api.authentication.v1.TokenRequestSpec */
export interface TokenRequestSpec {
  audiences?: string[] | undefined
  boundObjectRef?: BoundObjectReference | undefined
  expirationSeconds?: number | undefined
}

/** io.k8s.api.authentication.v1.TokenRequestStatus */
export interface TokenRequestStatus {
  expirationTimestamp?: string | undefined
  token?: string | undefined
}

/** io.k8s.api.authentication.v1.TokenReview */
export interface TokenReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: TokenReviewSpec
  status?: TokenReviewStatus | undefined
}

/** io.k8s.api.authentication.v1.TokenReviewSpec */
export interface TokenReviewSpec {
  audiences?: string[] | undefined
  token: string
}

/** io.k8s.api.authentication.v1.TokenReviewStatus */
export interface TokenReviewStatus {
  audiences?: string[] | undefined
  authenticated?: boolean | undefined
  error?: string | undefined
  user?: UserInfo | undefined
}

/** io.k8s.api.authentication.v1.UserInfo */
export interface UserInfo {
  extra?: Record<string, string[]> | undefined
  groups?: string[] | undefined
  uid?: string | undefined
  username?: string | undefined
}

/** io.k8s.api.authorization.v1.FieldSelectorAttributes */
export interface FieldSelectorAttributes {
  rawSelector?: string | undefined
  requirements?: FieldSelectorRequirement[] | undefined
}

/** io.k8s.api.authorization.v1.LabelSelectorAttributes */
export interface LabelSelectorAttributes {
  rawSelector?: string | undefined
  requirements?: LabelSelectorRequirement[] | undefined
}

/** io.k8s.api.authorization.v1.LocalSubjectAccessReview */
export interface LocalSubjectAccessReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: SubjectAccessReviewSpec
  status?: SubjectAccessReviewStatus | undefined
}

/** io.k8s.api.authorization.v1.NonResourceAttributes */
export interface NonResourceAttributes {
  path?: string | undefined
  verb?: string | undefined
}

/** io.k8s.api.authorization.v1.NonResourceRule */
export interface NonResourceRule {
  nonResourceURLs?: string[] | undefined
  verbs: string[]
}

/** io.k8s.api.authorization.v1.ResourceAttributes */
export interface ResourceAttributes {
  fieldSelector?: FieldSelectorAttributes | undefined
  group?: string | undefined
  labelSelector?: LabelSelectorAttributes | undefined
  name?: string | undefined
  namespace?: string | undefined
  resource?: string | undefined
  subresource?: string | undefined
  verb?: string | undefined
  version?: string | undefined
}

/** io.k8s.api.authorization.v1.ResourceRule */
export interface ResourceRule {
  apiGroups?: string[] | undefined
  resourceNames?: string[] | undefined
  resources?: string[] | undefined
  verbs: string[]
}

/** io.k8s.api.authorization.v1.SelfSubjectAccessReview */
export interface SelfSubjectAccessReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: SelfSubjectAccessReviewSpec
  status?: SubjectAccessReviewStatus | undefined
}

/** io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec */
export interface SelfSubjectAccessReviewSpec {
  nonResourceAttributes?: NonResourceAttributes | undefined
  resourceAttributes?: ResourceAttributes | undefined
}

/** io.k8s.api.authorization.v1.SelfSubjectRulesReview */
export interface SelfSubjectRulesReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: SelfSubjectRulesReviewSpec
  status?: SubjectRulesReviewStatus | undefined
}

/** io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec */
export interface SelfSubjectRulesReviewSpec {
  namespace?: string | undefined
}

/** io.k8s.api.authorization.v1.SubjectAccessReview */
export interface SubjectAccessReview {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: SubjectAccessReviewSpec
  status?: SubjectAccessReviewStatus | undefined
}

/** io.k8s.api.authorization.v1.SubjectAccessReviewSpec */
export interface SubjectAccessReviewSpec {
  extra?: Record<string, string[]> | undefined
  groups?: string[] | undefined
  nonResourceAttributes?: NonResourceAttributes | undefined
  resourceAttributes?: ResourceAttributes | undefined
  uid?: string | undefined
  user?: string | undefined
}

/** io.k8s.api.authorization.v1.SubjectAccessReviewStatus */
export interface SubjectAccessReviewStatus {
  allowed: boolean
  denied?: boolean | undefined
  evaluationError?: string | undefined
  reason?: string | undefined
}

/** io.k8s.api.authorization.v1.SubjectRulesReviewStatus */
export interface SubjectRulesReviewStatus {
  evaluationError?: string | undefined
  incomplete: boolean
  nonResourceRules: NonResourceRule[]
  resourceRules: ResourceRule[]
}

/** io.k8s.api.autoscaling.v1.CrossVersionObjectReference */
export interface AutoscalingV1CrossVersionObjectReference {
  apiVersion?: string | undefined
  kind: string
  name: string
}

/** io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler */
export interface AutoscalingV1HorizontalPodAutoscaler {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: AutoscalingV1HorizontalPodAutoscalerSpec
  status?: AutoscalingV1HorizontalPodAutoscalerStatus | undefined
}

/** io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerList */
export interface AutoscalingV1HorizontalPodAutoscalerList {
  apiVersion?: string | undefined
  items: AutoscalingV1HorizontalPodAutoscaler[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec */
export interface AutoscalingV1HorizontalPodAutoscalerSpec {
  maxReplicas: number
  minReplicas?: number | undefined
  scaleTargetRef: AutoscalingV1CrossVersionObjectReference
  targetCPUUtilizationPercentage?: number | undefined
}

/** io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus */
export interface AutoscalingV1HorizontalPodAutoscalerStatus {
  currentCPUUtilizationPercentage?: number | undefined
  currentReplicas: number
  desiredReplicas: number
  lastScaleTime?: string | undefined
  observedGeneration?: number | undefined
}

/** io.k8s.api.autoscaling.v1.Scale */
export interface Scale {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ScaleSpec | undefined
  status?: ScaleStatus | undefined
}

/** io.k8s.api.autoscaling.v1.ScaleSpec */
export interface ScaleSpec {
  replicas?: number | undefined
}

/** io.k8s.api.autoscaling.v1.ScaleStatus */
export interface ScaleStatus {
  replicas: number
  selector?: string | undefined
}

/** io.k8s.api.autoscaling.v2.ContainerResourceMetricSource */
export interface ContainerResourceMetricSource {
  container: string
  name: string
  target: MetricTarget
}

/** io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus */
export interface ContainerResourceMetricStatus {
  container: string
  current: MetricValueStatus
  name: string
}

/** io.k8s.api.autoscaling.v2.CrossVersionObjectReference */
export interface CrossVersionObjectReference {
  apiVersion?: string | undefined
  kind: string
  name: string
}

/** io.k8s.api.autoscaling.v2.ExternalMetricSource */
export interface ExternalMetricSource {
  metric: MetricIdentifier
  target: MetricTarget
}

/** io.k8s.api.autoscaling.v2.ExternalMetricStatus */
export interface ExternalMetricStatus {
  current: MetricValueStatus
  metric: MetricIdentifier
}

/** io.k8s.api.autoscaling.v2.HPAScalingPolicy */
export interface HPAScalingPolicy {
  periodSeconds: number
  type: string
  value: number
}

/** io.k8s.api.autoscaling.v2.HPAScalingRules */
export interface HPAScalingRules {
  policies?: HPAScalingPolicy[] | undefined
  selectPolicy?: string | undefined
  stabilizationWindowSeconds?: number | undefined
  tolerance?: string | undefined
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler */
export interface HorizontalPodAutoscaler {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: HorizontalPodAutoscalerSpec
  status?: HorizontalPodAutoscalerStatus | undefined
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior */
export interface HorizontalPodAutoscalerBehavior {
  scaleDown?: HPAScalingRules | undefined
  scaleUp?: HPAScalingRules | undefined
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition */
export interface HorizontalPodAutoscalerCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerList */
export interface HorizontalPodAutoscalerList {
  apiVersion?: string | undefined
  items: HorizontalPodAutoscaler[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec */
export interface HorizontalPodAutoscalerSpec {
  behavior?: HorizontalPodAutoscalerBehavior | undefined
  maxReplicas: number
  metrics?: MetricSpec[] | undefined
  minReplicas?: number | undefined
  scaleTargetRef: CrossVersionObjectReference
}

/** io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus */
export interface HorizontalPodAutoscalerStatus {
  conditions?: HorizontalPodAutoscalerCondition[] | undefined
  currentMetrics?: MetricStatus[] | undefined
  currentReplicas?: number | undefined
  desiredReplicas: number
  lastScaleTime?: string | undefined
  observedGeneration?: number | undefined
}

/** io.k8s.api.autoscaling.v2.MetricIdentifier */
export interface MetricIdentifier {
  name: string
  selector?: LabelSelector | undefined
}

/** io.k8s.api.autoscaling.v2.MetricSpec */
export interface MetricSpec {
  containerResource?: ContainerResourceMetricSource | undefined
  external?: ExternalMetricSource | undefined
  object?: ObjectMetricSource | undefined
  pods?: PodsMetricSource | undefined
  resource?: ResourceMetricSource | undefined
  type: string
}

/** io.k8s.api.autoscaling.v2.MetricStatus */
export interface MetricStatus {
  containerResource?: ContainerResourceMetricStatus | undefined
  external?: ExternalMetricStatus | undefined
  object?: ObjectMetricStatus | undefined
  pods?: PodsMetricStatus | undefined
  resource?: ResourceMetricStatus | undefined
  type: string
}

/** io.k8s.api.autoscaling.v2.MetricTarget */
export interface MetricTarget {
  averageUtilization?: number | undefined
  averageValue?: string | undefined
  type: string
  value?: string | undefined
}

/** io.k8s.api.autoscaling.v2.MetricValueStatus */
export interface MetricValueStatus {
  averageUtilization?: number | undefined
  averageValue?: string | undefined
  value?: string | undefined
}

/** io.k8s.api.autoscaling.v2.ObjectMetricSource */
export interface ObjectMetricSource {
  describedObject: CrossVersionObjectReference
  metric: MetricIdentifier
  target: MetricTarget
}

/** io.k8s.api.autoscaling.v2.ObjectMetricStatus */
export interface ObjectMetricStatus {
  current: MetricValueStatus
  describedObject: CrossVersionObjectReference
  metric: MetricIdentifier
}

/** io.k8s.api.autoscaling.v2.PodsMetricSource */
export interface PodsMetricSource {
  metric: MetricIdentifier
  target: MetricTarget
}

/** io.k8s.api.autoscaling.v2.PodsMetricStatus */
export interface PodsMetricStatus {
  current: MetricValueStatus
  metric: MetricIdentifier
}

/** io.k8s.api.autoscaling.v2.ResourceMetricSource */
export interface ResourceMetricSource {
  name: string
  target: MetricTarget
}

/** io.k8s.api.autoscaling.v2.ResourceMetricStatus */
export interface ResourceMetricStatus {
  current: MetricValueStatus
  name: string
}

/** io.k8s.api.batch.v1.CronJob */
export interface CronJob {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: CronJobSpec
  status?: CronJobStatus | undefined
}

/** io.k8s.api.batch.v1.CronJobList */
export interface CronJobList {
  apiVersion?: string | undefined
  items: CronJob[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.batch.v1.CronJobSpec */
export interface CronJobSpec {
  concurrencyPolicy?: string | undefined
  failedJobsHistoryLimit?: number | undefined
  jobTemplate: JobTemplateSpec
  schedule: string
  startingDeadlineSeconds?: number | undefined
  successfulJobsHistoryLimit?: number | undefined
  suspend?: boolean | undefined
  timeZone?: string | undefined
}

/** io.k8s.api.batch.v1.CronJobStatus */
export interface CronJobStatus {
  active?: ObjectReference[] | undefined
  lastScheduleTime?: string | undefined
  lastSuccessfulTime?: string | undefined
}

/** io.k8s.api.batch.v1.Job */
export interface Job {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: JobSpec | undefined
  status?: JobStatus | undefined
}

/** io.k8s.api.batch.v1.JobCondition */
export interface JobCondition {
  lastProbeTime?: string | undefined
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.batch.v1.JobList */
export interface JobList {
  apiVersion?: string | undefined
  items: Job[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.batch.v1.JobSpec */
export interface JobSpec {
  activeDeadlineSeconds?: number | undefined
  backoffLimit?: number | undefined
  backoffLimitPerIndex?: number | undefined
  completionMode?: string | undefined
  completions?: number | undefined
  managedBy?: string | undefined
  manualSelector?: boolean | undefined
  maxFailedIndexes?: number | undefined
  parallelism?: number | undefined
  podFailurePolicy?: PodFailurePolicy | undefined
  podReplacementPolicy?: string | undefined
  selector?: LabelSelector | undefined
  successPolicy?: SuccessPolicy | undefined
  suspend?: boolean | undefined
  template: PodTemplateSpec
  ttlSecondsAfterFinished?: number | undefined
}

/** io.k8s.api.batch.v1.JobStatus */
export interface JobStatus {
  active?: number | undefined
  completedIndexes?: string | undefined
  completionTime?: string | undefined
  conditions?: JobCondition[] | undefined
  failed?: number | undefined
  failedIndexes?: string | undefined
  ready?: number | undefined
  startTime?: string | undefined
  succeeded?: number | undefined
  terminating?: number | undefined
  uncountedTerminatedPods?: UncountedTerminatedPods | undefined
}

/** io.k8s.api.batch.v1.JobTemplateSpec */
export interface JobTemplateSpec {
  metadata?: ObjectMeta | undefined
  spec?: JobSpec | undefined
}

/** io.k8s.api.batch.v1.PodFailurePolicy */
export interface PodFailurePolicy {
  rules: PodFailurePolicyRule[]
}

/** io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement */
export interface PodFailurePolicyOnExitCodesRequirement {
  containerName?: string | undefined
  operator: string
  values: number[]
}

/** io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern */
export interface PodFailurePolicyOnPodConditionsPattern {
  status?: string | undefined
  type: string
}

/** io.k8s.api.batch.v1.PodFailurePolicyRule */
export interface PodFailurePolicyRule {
  action: string
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement | undefined
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[] | undefined
}

/** io.k8s.api.batch.v1.SuccessPolicy */
export interface SuccessPolicy {
  rules: SuccessPolicyRule[]
}

/** io.k8s.api.batch.v1.SuccessPolicyRule */
export interface SuccessPolicyRule {
  succeededCount?: number | undefined
  succeededIndexes?: string | undefined
}

/** io.k8s.api.batch.v1.UncountedTerminatedPods */
export interface UncountedTerminatedPods {
  failed?: string[] | undefined
  succeeded?: string[] | undefined
}

/** io.k8s.api.certificates.v1.CertificateSigningRequest */
export interface CertificateSigningRequest {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: CertificateSigningRequestSpec
  status?: CertificateSigningRequestStatus | undefined
}

/** io.k8s.api.certificates.v1.CertificateSigningRequestCondition */
export interface CertificateSigningRequestCondition {
  lastTransitionTime?: string | undefined
  lastUpdateTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.certificates.v1.CertificateSigningRequestList */
export interface CertificateSigningRequestList {
  apiVersion?: string | undefined
  items: CertificateSigningRequest[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.certificates.v1.CertificateSigningRequestSpec */
export interface CertificateSigningRequestSpec {
  expirationSeconds?: number | undefined
  extra?: Record<string, string[]> | undefined
  groups?: string[] | undefined
  request: string
  signerName: string
  uid?: string | undefined
  usages?: string[] | undefined
  username?: string | undefined
}

/** io.k8s.api.certificates.v1.CertificateSigningRequestStatus */
export interface CertificateSigningRequestStatus {
  certificate?: string | undefined
  conditions?: CertificateSigningRequestCondition[] | undefined
}

/** io.k8s.api.coordination.v1.Lease */
export interface Lease {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: LeaseSpec | undefined
}

/** io.k8s.api.coordination.v1.LeaseList */
export interface LeaseList {
  apiVersion?: string | undefined
  items: Lease[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.coordination.v1.LeaseSpec */
export interface LeaseSpec {
  acquireTime?: string | undefined
  holderIdentity?: string | undefined
  leaseDurationSeconds?: number | undefined
  leaseTransitions?: number | undefined
  preferredHolder?: string | undefined
  renewTime?: string | undefined
  strategy?: string | undefined
}

/** io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource */
export interface AWSElasticBlockStoreVolumeSource {
  fsType?: string | undefined
  partition?: number | undefined
  readOnly?: boolean | undefined
  volumeID: string
}

/** io.k8s.api.core.v1.Affinity */
export interface Affinity {
  nodeAffinity?: NodeAffinity | undefined
  podAffinity?: PodAffinity | undefined
  podAntiAffinity?: PodAntiAffinity | undefined
}

/** io.k8s.api.core.v1.AppArmorProfile */
export interface AppArmorProfile {
  localhostProfile?: string | undefined
  type: string
}

/** io.k8s.api.core.v1.AttachedVolume */
export interface AttachedVolume {
  devicePath: string
  name: string
}

/** io.k8s.api.core.v1.AzureDiskVolumeSource */
export interface AzureDiskVolumeSource {
  cachingMode?: string | undefined
  diskName: string
  diskURI: string
  fsType?: string | undefined
  kind?: string | undefined
  readOnly?: boolean | undefined
}

/** io.k8s.api.core.v1.AzureFilePersistentVolumeSource */
export interface AzureFilePersistentVolumeSource {
  readOnly?: boolean | undefined
  secretName: string
  secretNamespace?: string | undefined
  shareName: string
}

/** io.k8s.api.core.v1.AzureFileVolumeSource */
export interface AzureFileVolumeSource {
  readOnly?: boolean | undefined
  secretName: string
  shareName: string
}

/** io.k8s.api.core.v1.Binding */
export interface Binding {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  target: ObjectReference
}

/** io.k8s.api.core.v1.CSIPersistentVolumeSource */
export interface CSIPersistentVolumeSource {
  controllerExpandSecretRef?: SecretReference | undefined
  controllerPublishSecretRef?: SecretReference | undefined
  driver: string
  fsType?: string | undefined
  nodeExpandSecretRef?: SecretReference | undefined
  nodePublishSecretRef?: SecretReference | undefined
  nodeStageSecretRef?: SecretReference | undefined
  readOnly?: boolean | undefined
  volumeAttributes?: Record<string, string> | undefined
  volumeHandle: string
}

/** io.k8s.api.core.v1.CSIVolumeSource */
export interface CSIVolumeSource {
  driver: string
  fsType?: string | undefined
  nodePublishSecretRef?: LocalObjectReference | undefined
  readOnly?: boolean | undefined
  volumeAttributes?: Record<string, string> | undefined
}

/** io.k8s.api.core.v1.Capabilities */
export interface Capabilities {
  add?: string[] | undefined
  drop?: string[] | undefined
}

/** io.k8s.api.core.v1.CephFSPersistentVolumeSource */
export interface CephFSPersistentVolumeSource {
  monitors: string[]
  path?: string | undefined
  readOnly?: boolean | undefined
  secretFile?: string | undefined
  secretRef?: SecretReference | undefined
  user?: string | undefined
}

/** io.k8s.api.core.v1.CephFSVolumeSource */
export interface CephFSVolumeSource {
  monitors: string[]
  path?: string | undefined
  readOnly?: boolean | undefined
  secretFile?: string | undefined
  secretRef?: LocalObjectReference | undefined
  user?: string | undefined
}

/** io.k8s.api.core.v1.CinderPersistentVolumeSource */
export interface CinderPersistentVolumeSource {
  fsType?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: SecretReference | undefined
  volumeID: string
}

/** io.k8s.api.core.v1.CinderVolumeSource */
export interface CinderVolumeSource {
  fsType?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: LocalObjectReference | undefined
  volumeID: string
}

/** io.k8s.api.core.v1.ClientIPConfig */
export interface ClientIPConfig {
  timeoutSeconds?: number | undefined
}

/** io.k8s.api.core.v1.ClusterTrustBundleProjection */
export interface ClusterTrustBundleProjection {
  labelSelector?: LabelSelector | undefined
  name?: string | undefined
  optional?: boolean | undefined
  path: string
  signerName?: string | undefined
}

/** io.k8s.api.core.v1.ComponentCondition */
export interface ComponentCondition {
  error?: string | undefined
  message?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.ComponentStatus */
export interface ComponentStatus {
  apiVersion?: string | undefined
  conditions?: ComponentCondition[] | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
}

/** io.k8s.api.core.v1.ComponentStatusList */
export interface ComponentStatusList {
  apiVersion?: string | undefined
  items: ComponentStatus[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ConfigMap */
export interface ConfigMap {
  apiVersion?: string | undefined
  binaryData?: Record<string, string> | undefined
  data?: Record<string, string> | undefined
  immutable?: boolean | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
}

/** io.k8s.api.core.v1.ConfigMapEnvSource */
export interface ConfigMapEnvSource {
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.ConfigMapKeySelector */
export interface ConfigMapKeySelector {
  key: string
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.ConfigMapList */
export interface ConfigMapList {
  apiVersion?: string | undefined
  items: ConfigMap[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ConfigMapNodeConfigSource */
export interface ConfigMapNodeConfigSource {
  kubeletConfigKey: string
  name: string
  namespace: string
  resourceVersion?: string | undefined
  uid?: string | undefined
}

/** io.k8s.api.core.v1.ConfigMapProjection */
export interface ConfigMapProjection {
  items?: KeyToPath[] | undefined
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.ConfigMapVolumeSource */
export interface ConfigMapVolumeSource {
  defaultMode?: number | undefined
  items?: KeyToPath[] | undefined
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.Container */
export interface Container {
  args?: string[] | undefined
  command?: string[] | undefined
  env?: EnvVar[] | undefined
  envFrom?: EnvFromSource[] | undefined
  image?: string | undefined
  imagePullPolicy?: string | undefined
  lifecycle?: Lifecycle | undefined
  livenessProbe?: Probe | undefined
  name: string
  ports?: ContainerPort[] | undefined
  readinessProbe?: Probe | undefined
  resizePolicy?: ContainerResizePolicy[] | undefined
  resources?: ResourceRequirements | undefined
  restartPolicy?: string | undefined
  restartPolicyRules?: ContainerRestartRule[] | undefined
  securityContext?: SecurityContext | undefined
  startupProbe?: Probe | undefined
  stdin?: boolean | undefined
  stdinOnce?: boolean | undefined
  terminationMessagePath?: string | undefined
  terminationMessagePolicy?: string | undefined
  tty?: boolean | undefined
  volumeDevices?: VolumeDevice[] | undefined
  volumeMounts?: VolumeMount[] | undefined
  workingDir?: string | undefined
}

/** io.k8s.api.core.v1.ContainerExtendedResourceRequest */
export interface ContainerExtendedResourceRequest {
  containerName: string
  requestName: string
  resourceName: string
}

/** io.k8s.api.core.v1.ContainerImage */
export interface ContainerImage {
  names?: string[] | undefined
  sizeBytes?: number | undefined
}

/** io.k8s.api.core.v1.ContainerPort */
export interface ContainerPort {
  containerPort: number
  hostIP?: string | undefined
  hostPort?: number | undefined
  name?: string | undefined
  protocol?: string | undefined
}

/** io.k8s.api.core.v1.ContainerResizePolicy */
export interface ContainerResizePolicy {
  resourceName: string
  restartPolicy: string
}

/** io.k8s.api.core.v1.ContainerRestartRule */
export interface ContainerRestartRule {
  action: string
  exitCodes?: ContainerRestartRuleOnExitCodes | undefined
}

/** io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes */
export interface ContainerRestartRuleOnExitCodes {
  operator: string
  values?: number[] | undefined
}

/** io.k8s.api.core.v1.ContainerState */
export interface ContainerState {
  running?: ContainerStateRunning | undefined
  terminated?: ContainerStateTerminated | undefined
  waiting?: ContainerStateWaiting | undefined
}

/** io.k8s.api.core.v1.ContainerStateRunning */
export interface ContainerStateRunning {
  startedAt?: string | undefined
}

/** io.k8s.api.core.v1.ContainerStateTerminated */
export interface ContainerStateTerminated {
  containerID?: string | undefined
  exitCode: number
  finishedAt?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  signal?: number | undefined
  startedAt?: string | undefined
}

/** io.k8s.api.core.v1.ContainerStateWaiting */
export interface ContainerStateWaiting {
  message?: string | undefined
  reason?: string | undefined
}

/** io.k8s.api.core.v1.ContainerStatus */
export interface ContainerStatus {
  allocatedResources?: Record<string, string> | undefined
  allocatedResourcesStatus?: ResourceStatus[] | undefined
  containerID?: string | undefined
  image: string
  imageID: string
  lastState?: ContainerState | undefined
  name: string
  ready: boolean
  resources?: ResourceRequirements | undefined
  restartCount: number
  started?: boolean | undefined
  state?: ContainerState | undefined
  stopSignal?: string | undefined
  user?: ContainerUser | undefined
  volumeMounts?: VolumeMountStatus[] | undefined
}

/** io.k8s.api.core.v1.ContainerUser */
export interface ContainerUser {
  linux?: LinuxContainerUser | undefined
}

/** io.k8s.api.core.v1.DaemonEndpoint */
export interface DaemonEndpoint {
  Port: number
}

/** io.k8s.api.core.v1.DownwardAPIProjection */
export interface DownwardAPIProjection {
  items?: DownwardAPIVolumeFile[] | undefined
}

/** io.k8s.api.core.v1.DownwardAPIVolumeFile */
export interface DownwardAPIVolumeFile {
  fieldRef?: ObjectFieldSelector | undefined
  mode?: number | undefined
  path: string
  resourceFieldRef?: ResourceFieldSelector | undefined
}

/** io.k8s.api.core.v1.DownwardAPIVolumeSource */
export interface DownwardAPIVolumeSource {
  defaultMode?: number | undefined
  items?: DownwardAPIVolumeFile[] | undefined
}

/** io.k8s.api.core.v1.EmptyDirVolumeSource */
export interface EmptyDirVolumeSource {
  medium?: string | undefined
  sizeLimit?: string | undefined
}

/** io.k8s.api.core.v1.EndpointAddress */
export interface EndpointAddress {
  hostname?: string | undefined
  ip: string
  nodeName?: string | undefined
  targetRef?: ObjectReference | undefined
}

/** io.k8s.api.core.v1.EndpointPort */
export interface EndpointPort {
  appProtocol?: string | undefined
  name?: string | undefined
  port: number
  protocol?: string | undefined
}

/** io.k8s.api.core.v1.EndpointSubset */
export interface EndpointSubset {
  addresses?: EndpointAddress[] | undefined
  notReadyAddresses?: EndpointAddress[] | undefined
  ports?: EndpointPort[] | undefined
}

/** io.k8s.api.core.v1.Endpoints */
export interface Endpoints {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  subsets?: EndpointSubset[] | undefined
}

/** io.k8s.api.core.v1.EndpointsList */
export interface EndpointsList {
  apiVersion?: string | undefined
  items: Endpoints[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.EnvFromSource */
export interface EnvFromSource {
  configMapRef?: ConfigMapEnvSource | undefined
  prefix?: string | undefined
  secretRef?: SecretEnvSource | undefined
}

/** io.k8s.api.core.v1.EnvVar */
export interface EnvVar {
  name: string
  value?: string | undefined
  valueFrom?: EnvVarSource | undefined
}

/** io.k8s.api.core.v1.EnvVarSource */
export interface EnvVarSource {
  configMapKeyRef?: ConfigMapKeySelector | undefined
  fieldRef?: ObjectFieldSelector | undefined
  fileKeyRef?: FileKeySelector | undefined
  resourceFieldRef?: ResourceFieldSelector | undefined
  secretKeyRef?: SecretKeySelector | undefined
}

/** io.k8s.api.core.v1.EphemeralContainer */
export interface EphemeralContainer {
  args?: string[] | undefined
  command?: string[] | undefined
  env?: EnvVar[] | undefined
  envFrom?: EnvFromSource[] | undefined
  image?: string | undefined
  imagePullPolicy?: string | undefined
  lifecycle?: Lifecycle | undefined
  livenessProbe?: Probe | undefined
  name: string
  ports?: ContainerPort[] | undefined
  readinessProbe?: Probe | undefined
  resizePolicy?: ContainerResizePolicy[] | undefined
  resources?: ResourceRequirements | undefined
  restartPolicy?: string | undefined
  restartPolicyRules?: ContainerRestartRule[] | undefined
  securityContext?: SecurityContext | undefined
  startupProbe?: Probe | undefined
  stdin?: boolean | undefined
  stdinOnce?: boolean | undefined
  targetContainerName?: string | undefined
  terminationMessagePath?: string | undefined
  terminationMessagePolicy?: string | undefined
  tty?: boolean | undefined
  volumeDevices?: VolumeDevice[] | undefined
  volumeMounts?: VolumeMount[] | undefined
  workingDir?: string | undefined
}

/** io.k8s.api.core.v1.EphemeralVolumeSource */
export interface EphemeralVolumeSource {
  volumeClaimTemplate?: PersistentVolumeClaimTemplate | undefined
}

/** io.k8s.api.core.v1.Event */
export interface Event {
  action?: string | undefined
  apiVersion?: string | undefined
  count?: number | undefined
  eventTime?: string | undefined
  firstTimestamp?: string | undefined
  involvedObject: ObjectReference
  kind?: string | undefined
  lastTimestamp?: string | undefined
  message?: string | undefined
  metadata: ObjectMeta
  reason?: string | undefined
  related?: ObjectReference | undefined
  reportingComponent?: string | undefined
  reportingInstance?: string | undefined
  series?: EventSeries | undefined
  source?: EventSource | undefined
  type?: string | undefined
}

/** io.k8s.api.core.v1.EventList */
export interface EventList {
  apiVersion?: string | undefined
  items: Event[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.EventSeries */
export interface EventSeries {
  count?: number | undefined
  lastObservedTime?: string | undefined
}

/** io.k8s.api.core.v1.EventSource */
export interface EventSource {
  component?: string | undefined
  host?: string | undefined
}

/** io.k8s.api.core.v1.ExecAction */
export interface ExecAction {
  command?: string[] | undefined
}

/** io.k8s.api.core.v1.FCVolumeSource */
export interface FCVolumeSource {
  fsType?: string | undefined
  lun?: number | undefined
  readOnly?: boolean | undefined
  targetWWNs?: string[] | undefined
  wwids?: string[] | undefined
}

/** io.k8s.api.core.v1.FileKeySelector */
export interface FileKeySelector {
  key: string
  optional?: boolean | undefined
  path: string
  volumeName: string
}

/** io.k8s.api.core.v1.FlexPersistentVolumeSource */
export interface FlexPersistentVolumeSource {
  driver: string
  fsType?: string | undefined
  options?: Record<string, string> | undefined
  readOnly?: boolean | undefined
  secretRef?: SecretReference | undefined
}

/** io.k8s.api.core.v1.FlexVolumeSource */
export interface FlexVolumeSource {
  driver: string
  fsType?: string | undefined
  options?: Record<string, string> | undefined
  readOnly?: boolean | undefined
  secretRef?: LocalObjectReference | undefined
}

/** io.k8s.api.core.v1.FlockerVolumeSource */
export interface FlockerVolumeSource {
  datasetName?: string | undefined
  datasetUUID?: string | undefined
}

/** io.k8s.api.core.v1.GCEPersistentDiskVolumeSource */
export interface GCEPersistentDiskVolumeSource {
  fsType?: string | undefined
  partition?: number | undefined
  pdName: string
  readOnly?: boolean | undefined
}

/** io.k8s.api.core.v1.GRPCAction */
export interface GRPCAction {
  port: number
  service?: string | undefined
}

/** io.k8s.api.core.v1.GitRepoVolumeSource */
export interface GitRepoVolumeSource {
  directory?: string | undefined
  repository: string
  revision?: string | undefined
}

/** io.k8s.api.core.v1.GlusterfsPersistentVolumeSource */
export interface GlusterfsPersistentVolumeSource {
  endpoints: string
  endpointsNamespace?: string | undefined
  path: string
  readOnly?: boolean | undefined
}

/** io.k8s.api.core.v1.GlusterfsVolumeSource */
export interface GlusterfsVolumeSource {
  endpoints: string
  path: string
  readOnly?: boolean | undefined
}

/** io.k8s.api.core.v1.HTTPGetAction */
export interface HTTPGetAction {
  host?: string | undefined
  httpHeaders?: HTTPHeader[] | undefined
  path?: string | undefined
  port: number | string
  scheme?: string | undefined
}

/** io.k8s.api.core.v1.HTTPHeader */
export interface HTTPHeader {
  name: string
  value: string
}

/** io.k8s.api.core.v1.HostAlias */
export interface HostAlias {
  hostnames?: string[] | undefined
  ip: string
}

/** io.k8s.api.core.v1.HostIP */
export interface HostIP {
  ip: string
}

/** io.k8s.api.core.v1.HostPathVolumeSource */
export interface HostPathVolumeSource {
  path: string
  type?: string | undefined
}

/** io.k8s.api.core.v1.ISCSIPersistentVolumeSource */
export interface ISCSIPersistentVolumeSource {
  chapAuthDiscovery?: boolean | undefined
  chapAuthSession?: boolean | undefined
  fsType?: string | undefined
  initiatorName?: string | undefined
  iqn: string
  iscsiInterface?: string | undefined
  lun: number
  portals?: string[] | undefined
  readOnly?: boolean | undefined
  secretRef?: SecretReference | undefined
  targetPortal: string
}

/** io.k8s.api.core.v1.ISCSIVolumeSource */
export interface ISCSIVolumeSource {
  chapAuthDiscovery?: boolean | undefined
  chapAuthSession?: boolean | undefined
  fsType?: string | undefined
  initiatorName?: string | undefined
  iqn: string
  iscsiInterface?: string | undefined
  lun: number
  portals?: string[] | undefined
  readOnly?: boolean | undefined
  secretRef?: LocalObjectReference | undefined
  targetPortal: string
}

/** io.k8s.api.core.v1.ImageVolumeSource */
export interface ImageVolumeSource {
  pullPolicy?: string | undefined
  reference?: string | undefined
}

/** io.k8s.api.core.v1.ImageVolumeStatus */
export interface ImageVolumeStatus {
  imageRef: string
}

/** io.k8s.api.core.v1.KeyToPath */
export interface KeyToPath {
  key: string
  mode?: number | undefined
  path: string
}

/** io.k8s.api.core.v1.Lifecycle */
export interface Lifecycle {
  postStart?: LifecycleHandler | undefined
  preStop?: LifecycleHandler | undefined
  stopSignal?: string | undefined
}

/** io.k8s.api.core.v1.LifecycleHandler */
export interface LifecycleHandler {
  exec?: ExecAction | undefined
  httpGet?: HTTPGetAction | undefined
  sleep?: SleepAction | undefined
  tcpSocket?: TCPSocketAction | undefined
}

/** io.k8s.api.core.v1.LimitRange */
export interface LimitRange {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: LimitRangeSpec | undefined
}

/** io.k8s.api.core.v1.LimitRangeItem */
export interface LimitRangeItem {
  default?: Record<string, string> | undefined
  defaultRequest?: Record<string, string> | undefined
  max?: Record<string, string> | undefined
  maxLimitRequestRatio?: Record<string, string> | undefined
  min?: Record<string, string> | undefined
  type: string
}

/** io.k8s.api.core.v1.LimitRangeList */
export interface LimitRangeList {
  apiVersion?: string | undefined
  items: LimitRange[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.LimitRangeSpec */
export interface LimitRangeSpec {
  limits: LimitRangeItem[]
}

/** io.k8s.api.core.v1.LinuxContainerUser */
export interface LinuxContainerUser {
  gid: number
  supplementalGroups?: number[] | undefined
  uid: number
}

/** io.k8s.api.core.v1.LoadBalancerIngress */
export interface LoadBalancerIngress {
  hostname?: string | undefined
  ip?: string | undefined
  ipMode?: string | undefined
  ports?: PortStatus[] | undefined
}

/** io.k8s.api.core.v1.LoadBalancerStatus */
export interface LoadBalancerStatus {
  ingress?: LoadBalancerIngress[] | undefined
}

/** io.k8s.api.core.v1.LocalObjectReference */
export interface LocalObjectReference {
  name?: string | undefined
}

/** io.k8s.api.core.v1.LocalVolumeSource */
export interface LocalVolumeSource {
  fsType?: string | undefined
  path: string
}

/** io.k8s.api.core.v1.ModifyVolumeStatus */
export interface ModifyVolumeStatus {
  status: string
  targetVolumeAttributesClassName?: string | undefined
}

/** io.k8s.api.core.v1.NFSVolumeSource */
export interface NFSVolumeSource {
  path: string
  readOnly?: boolean | undefined
  server: string
}

/** io.k8s.api.core.v1.Namespace */
export interface Namespace {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: NamespaceSpec | undefined
  status?: NamespaceStatus | undefined
}

/** io.k8s.api.core.v1.NamespaceCondition */
export interface NamespaceCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.NamespaceList */
export interface NamespaceList {
  apiVersion?: string | undefined
  items: Namespace[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.NamespaceSpec */
export interface NamespaceSpec {
  finalizers?: string[] | undefined
}

/** io.k8s.api.core.v1.NamespaceStatus */
export interface NamespaceStatus {
  conditions?: NamespaceCondition[] | undefined
  phase?: string | undefined
}

/** io.k8s.api.core.v1.Node */
export interface Node {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: NodeSpec | undefined
  status?: NodeStatus | undefined
}

/** io.k8s.api.core.v1.NodeAddress */
export interface NodeAddress {
  address: string
  type: string
}

/** io.k8s.api.core.v1.NodeAffinity */
export interface NodeAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[] | undefined
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | undefined
}

/** io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus */
export interface NodeAllocatableResourceClaimStatus {
  containers?: string[] | undefined
  resourceClaimName: string
  resources: Record<string, string>
}

/** io.k8s.api.core.v1.NodeCondition */
export interface NodeCondition {
  lastHeartbeatTime?: string | undefined
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.NodeConfigSource */
export interface NodeConfigSource {
  configMap?: ConfigMapNodeConfigSource | undefined
}

/** io.k8s.api.core.v1.NodeConfigStatus */
export interface NodeConfigStatus {
  active?: NodeConfigSource | undefined
  assigned?: NodeConfigSource | undefined
  error?: string | undefined
  lastKnownGood?: NodeConfigSource | undefined
}

/** io.k8s.api.core.v1.NodeDaemonEndpoints */
export interface NodeDaemonEndpoints {
  kubeletEndpoint?: DaemonEndpoint | undefined
}

/** io.k8s.api.core.v1.NodeFeatures */
export interface NodeFeatures {
  supplementalGroupsPolicy?: boolean | undefined
}

/** io.k8s.api.core.v1.NodeList */
export interface NodeList {
  apiVersion?: string | undefined
  items: Node[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.NodeRuntimeHandler */
export interface NodeRuntimeHandler {
  features?: NodeRuntimeHandlerFeatures | undefined
  name?: string | undefined
}

/** io.k8s.api.core.v1.NodeRuntimeHandlerFeatures */
export interface NodeRuntimeHandlerFeatures {
  recursiveReadOnlyMounts?: boolean | undefined
  userNamespaces?: boolean | undefined
}

/** io.k8s.api.core.v1.NodeSelector */
export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[]
}

/** io.k8s.api.core.v1.NodeSelectorRequirement */
export interface NodeSelectorRequirement {
  key: string
  operator: string
  values?: string[] | undefined
}

/** io.k8s.api.core.v1.NodeSelectorTerm */
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[] | undefined
  matchFields?: NodeSelectorRequirement[] | undefined
}

/** io.k8s.api.core.v1.NodeSpec */
export interface NodeSpec {
  configSource?: NodeConfigSource | undefined
  externalID?: string | undefined
  podCIDR?: string | undefined
  podCIDRs?: string[] | undefined
  providerID?: string | undefined
  taints?: Taint[] | undefined
  unschedulable?: boolean | undefined
}

/** io.k8s.api.core.v1.NodeStatus */
export interface NodeStatus {
  addresses?: NodeAddress[] | undefined
  allocatable?: Record<string, string> | undefined
  capacity?: Record<string, string> | undefined
  conditions?: NodeCondition[] | undefined
  config?: NodeConfigStatus | undefined
  daemonEndpoints?: NodeDaemonEndpoints | undefined
  declaredFeatures?: string[] | undefined
  features?: NodeFeatures | undefined
  images?: ContainerImage[] | undefined
  nodeInfo?: NodeSystemInfo | undefined
  phase?: string | undefined
  runtimeHandlers?: NodeRuntimeHandler[] | undefined
  volumesAttached?: AttachedVolume[] | undefined
  volumesInUse?: string[] | undefined
}

/** io.k8s.api.core.v1.NodeSwapStatus */
export interface NodeSwapStatus {
  capacity?: number | undefined
}

/** io.k8s.api.core.v1.NodeSystemInfo */
export interface NodeSystemInfo {
  architecture: string
  bootID: string
  containerRuntimeVersion: string
  kernelVersion: string
  kubeProxyVersion: string
  kubeletVersion: string
  machineID: string
  operatingSystem: string
  osImage: string
  swap?: NodeSwapStatus | undefined
  systemUUID: string
}

/** io.k8s.api.core.v1.ObjectFieldSelector */
export interface ObjectFieldSelector {
  apiVersion?: string | undefined
  fieldPath: string
}

/** io.k8s.api.core.v1.ObjectReference */
export interface ObjectReference {
  apiVersion?: string | undefined
  fieldPath?: string | undefined
  kind?: string | undefined
  name?: string | undefined
  namespace?: string | undefined
  resourceVersion?: string | undefined
  uid?: string | undefined
}

/** io.k8s.api.core.v1.PersistentVolume */
export interface PersistentVolume {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: PersistentVolumeSpec | undefined
  status?: PersistentVolumeStatus | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeClaim */
export interface PersistentVolumeClaim {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: PersistentVolumeClaimSpec | undefined
  status?: PersistentVolumeClaimStatus | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeClaimCondition */
export interface PersistentVolumeClaimCondition {
  lastProbeTime?: string | undefined
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.PersistentVolumeClaimList */
export interface PersistentVolumeClaimList {
  apiVersion?: string | undefined
  items: PersistentVolumeClaim[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeClaimSpec */
export interface PersistentVolumeClaimSpec {
  accessModes?: string[] | undefined
  dataSource?: TypedLocalObjectReference | undefined
  dataSourceRef?: TypedObjectReference | undefined
  resources?: VolumeResourceRequirements | undefined
  selector?: LabelSelector | undefined
  storageClassName?: string | undefined
  volumeAttributesClassName?: string | undefined
  volumeMode?: string | undefined
  volumeName?: string | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeClaimStatus */
export interface PersistentVolumeClaimStatus {
  accessModes?: string[] | undefined
  allocatedResourceStatuses?: Record<string, string> | undefined
  allocatedResources?: Record<string, string> | undefined
  capacity?: Record<string, string> | undefined
  conditions?: PersistentVolumeClaimCondition[] | undefined
  currentVolumeAttributesClassName?: string | undefined
  modifyVolumeStatus?: ModifyVolumeStatus | undefined
  phase?: string | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeClaimTemplate */
export interface PersistentVolumeClaimTemplate {
  metadata?: ObjectMeta | undefined
  spec: PersistentVolumeClaimSpec
}

/** io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource */
export interface PersistentVolumeClaimVolumeSource {
  claimName: string
  readOnly?: boolean | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeList */
export interface PersistentVolumeList {
  apiVersion?: string | undefined
  items: PersistentVolume[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeSpec */
export interface PersistentVolumeSpec {
  accessModes?: string[] | undefined
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource | undefined
  azureDisk?: AzureDiskVolumeSource | undefined
  azureFile?: AzureFilePersistentVolumeSource | undefined
  capacity?: Record<string, string> | undefined
  cephfs?: CephFSPersistentVolumeSource | undefined
  cinder?: CinderPersistentVolumeSource | undefined
  claimRef?: ObjectReference | undefined
  csi?: CSIPersistentVolumeSource | undefined
  fc?: FCVolumeSource | undefined
  flexVolume?: FlexPersistentVolumeSource | undefined
  flocker?: FlockerVolumeSource | undefined
  gcePersistentDisk?: GCEPersistentDiskVolumeSource | undefined
  glusterfs?: GlusterfsPersistentVolumeSource | undefined
  hostPath?: HostPathVolumeSource | undefined
  iscsi?: ISCSIPersistentVolumeSource | undefined
  local?: LocalVolumeSource | undefined
  mountOptions?: string[] | undefined
  nfs?: NFSVolumeSource | undefined
  nodeAffinity?: VolumeNodeAffinity | undefined
  persistentVolumeReclaimPolicy?: string | undefined
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource | undefined
  portworxVolume?: PortworxVolumeSource | undefined
  quobyte?: QuobyteVolumeSource | undefined
  rbd?: RBDPersistentVolumeSource | undefined
  scaleIO?: ScaleIOPersistentVolumeSource | undefined
  storageClassName?: string | undefined
  storageos?: StorageOSPersistentVolumeSource | undefined
  volumeAttributesClassName?: string | undefined
  volumeMode?: string | undefined
  vsphereVolume?: VsphereVirtualDiskVolumeSource | undefined
}

/** io.k8s.api.core.v1.PersistentVolumeStatus */
export interface PersistentVolumeStatus {
  lastPhaseTransitionTime?: string | undefined
  message?: string | undefined
  phase?: string | undefined
  reason?: string | undefined
}

/** io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource */
export interface PhotonPersistentDiskVolumeSource {
  fsType?: string | undefined
  pdID: string
}

/** io.k8s.api.core.v1.Pod */
export interface Pod {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: PodSpec | undefined
  status?: PodStatus | undefined
}

/** io.k8s.api.core.v1.PodAffinity */
export interface PodAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[] | undefined
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] | undefined
}

/** io.k8s.api.core.v1.PodAffinityTerm */
export interface PodAffinityTerm {
  labelSelector?: LabelSelector | undefined
  matchLabelKeys?: string[] | undefined
  mismatchLabelKeys?: string[] | undefined
  namespaceSelector?: LabelSelector | undefined
  namespaces?: string[] | undefined
  topologyKey: string
}

/** io.k8s.api.core.v1.PodAntiAffinity */
export interface PodAntiAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[] | undefined
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] | undefined
}

/** io.k8s.api.core.v1.PodCertificateProjection */
export interface PodCertificateProjection {
  certificateChainPath?: string | undefined
  credentialBundlePath?: string | undefined
  keyPath?: string | undefined
  keyType: string
  maxExpirationSeconds?: number | undefined
  signerName: string
  userAnnotations?: Record<string, string> | undefined
}

/** io.k8s.api.core.v1.PodCondition */
export interface PodCondition {
  lastProbeTime?: string | undefined
  lastTransitionTime?: string | undefined
  message?: string | undefined
  observedGeneration?: number | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.PodDNSConfig */
export interface PodDNSConfig {
  nameservers?: string[] | undefined
  options?: PodDNSConfigOption[] | undefined
  searches?: string[] | undefined
}

/** io.k8s.api.core.v1.PodDNSConfigOption */
export interface PodDNSConfigOption {
  name?: string | undefined
  value?: string | undefined
}

/** io.k8s.api.core.v1.PodExtendedResourceClaimStatus */
export interface PodExtendedResourceClaimStatus {
  requestMappings: ContainerExtendedResourceRequest[]
  resourceClaimName: string
}

/** io.k8s.api.core.v1.PodIP */
export interface PodIP {
  ip: string
}

/** io.k8s.api.core.v1.PodList */
export interface PodList {
  apiVersion?: string | undefined
  items: Pod[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.PodOS */
export interface PodOS {
  name: string
}

/** io.k8s.api.core.v1.PodReadinessGate */
export interface PodReadinessGate {
  conditionType: string
}

/** io.k8s.api.core.v1.PodResourceClaim */
export interface PodResourceClaim {
  name: string
  resourceClaimName?: string | undefined
  resourceClaimTemplateName?: string | undefined
}

/** io.k8s.api.core.v1.PodResourceClaimStatus */
export interface PodResourceClaimStatus {
  name: string
  resourceClaimName?: string | undefined
}

/** io.k8s.api.core.v1.PodSchedulingGate */
export interface PodSchedulingGate {
  name: string
}

/** io.k8s.api.core.v1.PodSchedulingGroup */
export interface PodSchedulingGroup {
  podGroupName?: string | undefined
}

/** io.k8s.api.core.v1.PodSecurityContext */
export interface PodSecurityContext {
  appArmorProfile?: AppArmorProfile | undefined
  fsGroup?: number | undefined
  fsGroupChangePolicy?: string | undefined
  runAsGroup?: number | undefined
  runAsNonRoot?: boolean | undefined
  runAsUser?: number | undefined
  seLinuxChangePolicy?: string | undefined
  seLinuxOptions?: SELinuxOptions | undefined
  seccompProfile?: SeccompProfile | undefined
  supplementalGroups?: number[] | undefined
  supplementalGroupsPolicy?: string | undefined
  sysctls?: Sysctl[] | undefined
  windowsOptions?: WindowsSecurityContextOptions | undefined
}

/** io.k8s.api.core.v1.PodSpec */
export interface PodSpec {
  activeDeadlineSeconds?: number | undefined
  affinity?: Affinity | undefined
  automountServiceAccountToken?: boolean | undefined
  containers: Container[]
  dnsConfig?: PodDNSConfig | undefined
  dnsPolicy?: string | undefined
  enableServiceLinks?: boolean | undefined
  ephemeralContainers?: EphemeralContainer[] | undefined
  hostAliases?: HostAlias[] | undefined
  hostIPC?: boolean | undefined
  hostNetwork?: boolean | undefined
  hostPID?: boolean | undefined
  hostUsers?: boolean | undefined
  hostname?: string | undefined
  hostnameOverride?: string | undefined
  imagePullSecrets?: LocalObjectReference[] | undefined
  initContainers?: Container[] | undefined
  nodeName?: string | undefined
  nodeSelector?: Record<string, string> | undefined
  os?: PodOS | undefined
  overhead?: Record<string, string> | undefined
  preemptionPolicy?: string | undefined
  priority?: number | undefined
  priorityClassName?: string | undefined
  readinessGates?: PodReadinessGate[] | undefined
  resourceClaims?: PodResourceClaim[] | undefined
  resources?: ResourceRequirements | undefined
  restartPolicy?: string | undefined
  runtimeClassName?: string | undefined
  schedulerName?: string | undefined
  schedulingGates?: PodSchedulingGate[] | undefined
  schedulingGroup?: PodSchedulingGroup | undefined
  securityContext?: PodSecurityContext | undefined
  serviceAccount?: string | undefined
  serviceAccountName?: string | undefined
  setHostnameAsFQDN?: boolean | undefined
  shareProcessNamespace?: boolean | undefined
  subdomain?: string | undefined
  terminationGracePeriodSeconds?: number | undefined
  tolerations?: Toleration[] | undefined
  topologySpreadConstraints?: TopologySpreadConstraint[] | undefined
  volumes?: Volume[] | undefined
}

/** io.k8s.api.core.v1.PodStatus */
export interface PodStatus {
  allocatedResources?: Record<string, string> | undefined
  conditions?: PodCondition[] | undefined
  containerStatuses?: ContainerStatus[] | undefined
  ephemeralContainerStatuses?: ContainerStatus[] | undefined
  extendedResourceClaimStatus?: PodExtendedResourceClaimStatus | undefined
  hostIP?: string | undefined
  hostIPs?: HostIP[] | undefined
  initContainerStatuses?: ContainerStatus[] | undefined
  message?: string | undefined
  nodeAllocatableResourceClaimStatuses?: NodeAllocatableResourceClaimStatus[] | undefined
  nominatedNodeName?: string | undefined
  observedGeneration?: number | undefined
  phase?: string | undefined
  podIP?: string | undefined
  podIPs?: PodIP[] | undefined
  qosClass?: string | undefined
  reason?: string | undefined
  resize?: string | undefined
  resourceClaimStatuses?: PodResourceClaimStatus[] | undefined
  resources?: ResourceRequirements | undefined
  startTime?: string | undefined
}

/** io.k8s.api.core.v1.PodTemplate */
export interface PodTemplate {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  template?: PodTemplateSpec | undefined
}

/** io.k8s.api.core.v1.PodTemplateList */
export interface PodTemplateList {
  apiVersion?: string | undefined
  items: PodTemplate[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.PodTemplateSpec */
export interface PodTemplateSpec {
  metadata?: ObjectMeta | undefined
  spec?: PodSpec | undefined
}

/** io.k8s.api.core.v1.PortStatus */
export interface PortStatus {
  error?: string | undefined
  port: number
  protocol: string
}

/** io.k8s.api.core.v1.PortworxVolumeSource */
export interface PortworxVolumeSource {
  fsType?: string | undefined
  readOnly?: boolean | undefined
  volumeID: string
}

/** io.k8s.api.core.v1.PreferredSchedulingTerm */
export interface PreferredSchedulingTerm {
  preference: NodeSelectorTerm
  weight: number
}

/** io.k8s.api.core.v1.Probe */
export interface Probe {
  exec?: ExecAction | undefined
  failureThreshold?: number | undefined
  grpc?: GRPCAction | undefined
  httpGet?: HTTPGetAction | undefined
  initialDelaySeconds?: number | undefined
  periodSeconds?: number | undefined
  successThreshold?: number | undefined
  tcpSocket?: TCPSocketAction | undefined
  terminationGracePeriodSeconds?: number | undefined
  timeoutSeconds?: number | undefined
}

/** io.k8s.api.core.v1.ProjectedVolumeSource */
export interface ProjectedVolumeSource {
  defaultMode?: number | undefined
  sources?: VolumeProjection[] | undefined
}

/** io.k8s.api.core.v1.QuobyteVolumeSource */
export interface QuobyteVolumeSource {
  group?: string | undefined
  readOnly?: boolean | undefined
  registry: string
  tenant?: string | undefined
  user?: string | undefined
  volume: string
}

/** io.k8s.api.core.v1.RBDPersistentVolumeSource */
export interface RBDPersistentVolumeSource {
  fsType?: string | undefined
  image: string
  keyring?: string | undefined
  monitors: string[]
  pool?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: SecretReference | undefined
  user?: string | undefined
}

/** io.k8s.api.core.v1.RBDVolumeSource */
export interface RBDVolumeSource {
  fsType?: string | undefined
  image: string
  keyring?: string | undefined
  monitors: string[]
  pool?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: LocalObjectReference | undefined
  user?: string | undefined
}

/** io.k8s.api.core.v1.ReplicationController */
export interface ReplicationController {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ReplicationControllerSpec | undefined
  status?: ReplicationControllerStatus | undefined
}

/** io.k8s.api.core.v1.ReplicationControllerCondition */
export interface ReplicationControllerCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.api.core.v1.ReplicationControllerList */
export interface ReplicationControllerList {
  apiVersion?: string | undefined
  items: ReplicationController[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ReplicationControllerSpec */
export interface ReplicationControllerSpec {
  minReadySeconds?: number | undefined
  replicas?: number | undefined
  selector?: Record<string, string> | undefined
  template?: PodTemplateSpec | undefined
}

/** io.k8s.api.core.v1.ReplicationControllerStatus */
export interface ReplicationControllerStatus {
  availableReplicas?: number | undefined
  conditions?: ReplicationControllerCondition[] | undefined
  fullyLabeledReplicas?: number | undefined
  observedGeneration?: number | undefined
  readyReplicas?: number | undefined
  replicas: number
}

/** io.k8s.api.core.v1.ResourceClaim */
export interface ResourceClaim {
  name: string
  request?: string | undefined
}

/** io.k8s.api.core.v1.ResourceFieldSelector */
export interface ResourceFieldSelector {
  containerName?: string | undefined
  divisor?: string | undefined
  resource: string
}

/** io.k8s.api.core.v1.ResourceHealth */
export interface ResourceHealth {
  health?: string | undefined
  message?: string | undefined
  resourceID: string
}

/** io.k8s.api.core.v1.ResourceQuota */
export interface ResourceQuota {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ResourceQuotaSpec | undefined
  status?: ResourceQuotaStatus | undefined
}

/** io.k8s.api.core.v1.ResourceQuotaList */
export interface ResourceQuotaList {
  apiVersion?: string | undefined
  items: ResourceQuota[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ResourceQuotaSpec */
export interface ResourceQuotaSpec {
  hard?: Record<string, string> | undefined
  scopeSelector?: ScopeSelector | undefined
  scopes?: string[] | undefined
}

/** io.k8s.api.core.v1.ResourceQuotaStatus */
export interface ResourceQuotaStatus {
  hard?: Record<string, string> | undefined
  used?: Record<string, string> | undefined
}

/** io.k8s.api.core.v1.ResourceRequirements */
export interface ResourceRequirements {
  claims?: ResourceClaim[] | undefined
  limits?: Record<string, string> | undefined
  requests?: Record<string, string> | undefined
}

/** io.k8s.api.core.v1.ResourceStatus */
export interface ResourceStatus {
  name: string
  resources?: ResourceHealth[] | undefined
}

/** io.k8s.api.core.v1.SELinuxOptions */
export interface SELinuxOptions {
  level?: string | undefined
  role?: string | undefined
  type?: string | undefined
  user?: string | undefined
}

/** io.k8s.api.core.v1.ScaleIOPersistentVolumeSource */
export interface ScaleIOPersistentVolumeSource {
  fsType?: string | undefined
  gateway: string
  protectionDomain?: string | undefined
  readOnly?: boolean | undefined
  secretRef: SecretReference
  sslEnabled?: boolean | undefined
  storageMode?: string | undefined
  storagePool?: string | undefined
  system: string
  volumeName?: string | undefined
}

/** io.k8s.api.core.v1.ScaleIOVolumeSource */
export interface ScaleIOVolumeSource {
  fsType?: string | undefined
  gateway: string
  protectionDomain?: string | undefined
  readOnly?: boolean | undefined
  secretRef: LocalObjectReference
  sslEnabled?: boolean | undefined
  storageMode?: string | undefined
  storagePool?: string | undefined
  system: string
  volumeName?: string | undefined
}

/** io.k8s.api.core.v1.ScopeSelector */
export interface ScopeSelector {
  matchExpressions?: ScopedResourceSelectorRequirement[] | undefined
}

/** io.k8s.api.core.v1.ScopedResourceSelectorRequirement */
export interface ScopedResourceSelectorRequirement {
  operator: string
  scopeName: string
  values?: string[] | undefined
}

/** io.k8s.api.core.v1.SeccompProfile */
export interface SeccompProfile {
  localhostProfile?: string | undefined
  type: string
}

/** io.k8s.api.core.v1.Secret */
export interface Secret {
  apiVersion?: string | undefined
  data?: Record<string, string> | undefined
  immutable?: boolean | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  stringData?: Record<string, string> | undefined
  type?: string | undefined
}

/** io.k8s.api.core.v1.SecretEnvSource */
export interface SecretEnvSource {
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.SecretKeySelector */
export interface SecretKeySelector {
  key: string
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.SecretList */
export interface SecretList {
  apiVersion?: string | undefined
  items: Secret[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.SecretProjection */
export interface SecretProjection {
  items?: KeyToPath[] | undefined
  name?: string | undefined
  optional?: boolean | undefined
}

/** io.k8s.api.core.v1.SecretReference */
export interface SecretReference {
  name?: string | undefined
  namespace?: string | undefined
}

/** io.k8s.api.core.v1.SecretVolumeSource */
export interface SecretVolumeSource {
  defaultMode?: number | undefined
  items?: KeyToPath[] | undefined
  optional?: boolean | undefined
  secretName?: string | undefined
}

/** io.k8s.api.core.v1.SecurityContext */
export interface SecurityContext {
  allowPrivilegeEscalation?: boolean | undefined
  appArmorProfile?: AppArmorProfile | undefined
  capabilities?: Capabilities | undefined
  privileged?: boolean | undefined
  procMount?: string | undefined
  readOnlyRootFilesystem?: boolean | undefined
  runAsGroup?: number | undefined
  runAsNonRoot?: boolean | undefined
  runAsUser?: number | undefined
  seLinuxOptions?: SELinuxOptions | undefined
  seccompProfile?: SeccompProfile | undefined
  windowsOptions?: WindowsSecurityContextOptions | undefined
}

/** io.k8s.api.core.v1.Service */
export interface Service {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ServiceSpec | undefined
  status?: ServiceStatus | undefined
}

/** io.k8s.api.core.v1.ServiceAccount */
export interface ServiceAccount {
  apiVersion?: string | undefined
  automountServiceAccountToken?: boolean | undefined
  imagePullSecrets?: LocalObjectReference[] | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  secrets?: ObjectReference[] | undefined
}

/** io.k8s.api.core.v1.ServiceAccountList */
export interface ServiceAccountList {
  apiVersion?: string | undefined
  items: ServiceAccount[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ServiceAccountTokenProjection */
export interface ServiceAccountTokenProjection {
  audience?: string | undefined
  expirationSeconds?: number | undefined
  path: string
}

/** io.k8s.api.core.v1.ServiceList */
export interface ServiceList {
  apiVersion?: string | undefined
  items: Service[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.core.v1.ServicePort */
export interface ServicePort {
  appProtocol?: string | undefined
  name?: string | undefined
  nodePort?: number | undefined
  port: number
  protocol?: string | undefined
  targetPort?: number | string | undefined
}

/** io.k8s.api.core.v1.ServiceSpec */
export interface ServiceSpec {
  allocateLoadBalancerNodePorts?: boolean | undefined
  clusterIP?: string | undefined
  clusterIPs?: string[] | undefined
  externalIPs?: string[] | undefined
  externalName?: string | undefined
  externalTrafficPolicy?: string | undefined
  healthCheckNodePort?: number | undefined
  internalTrafficPolicy?: string | undefined
  ipFamilies?: string[] | undefined
  ipFamilyPolicy?: string | undefined
  loadBalancerClass?: string | undefined
  loadBalancerIP?: string | undefined
  loadBalancerSourceRanges?: string[] | undefined
  ports?: ServicePort[] | undefined
  publishNotReadyAddresses?: boolean | undefined
  selector?: Record<string, string> | undefined
  sessionAffinity?: string | undefined
  sessionAffinityConfig?: SessionAffinityConfig | undefined
  trafficDistribution?: string | undefined
  type?: string | undefined
}

/** io.k8s.api.core.v1.ServiceStatus */
export interface ServiceStatus {
  conditions?: Condition[] | undefined
  loadBalancer?: LoadBalancerStatus | undefined
}

/** io.k8s.api.core.v1.SessionAffinityConfig */
export interface SessionAffinityConfig {
  clientIP?: ClientIPConfig | undefined
}

/** io.k8s.api.core.v1.SleepAction */
export interface SleepAction {
  seconds: number
}

/** io.k8s.api.core.v1.StorageOSPersistentVolumeSource */
export interface StorageOSPersistentVolumeSource {
  fsType?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: ObjectReference | undefined
  volumeName?: string | undefined
  volumeNamespace?: string | undefined
}

/** io.k8s.api.core.v1.StorageOSVolumeSource */
export interface StorageOSVolumeSource {
  fsType?: string | undefined
  readOnly?: boolean | undefined
  secretRef?: LocalObjectReference | undefined
  volumeName?: string | undefined
  volumeNamespace?: string | undefined
}

/** io.k8s.api.core.v1.Sysctl */
export interface Sysctl {
  name: string
  value: string
}

/** io.k8s.api.core.v1.TCPSocketAction */
export interface TCPSocketAction {
  host?: string | undefined
  port: number | string
}

/** io.k8s.api.core.v1.Taint */
export interface Taint {
  effect: string
  key: string
  timeAdded?: string | undefined
  value?: string | undefined
}

/** io.k8s.api.core.v1.Toleration */
export interface Toleration {
  effect?: string | undefined
  key?: string | undefined
  operator?: string | undefined
  tolerationSeconds?: number | undefined
  value?: string | undefined
}

/** io.k8s.api.core.v1.TopologySelectorLabelRequirement */
export interface TopologySelectorLabelRequirement {
  key: string
  values: string[]
}

/** io.k8s.api.core.v1.TopologySelectorTerm */
export interface TopologySelectorTerm {
  matchLabelExpressions?: TopologySelectorLabelRequirement[] | undefined
}

/** io.k8s.api.core.v1.TopologySpreadConstraint */
export interface TopologySpreadConstraint {
  labelSelector?: LabelSelector | undefined
  matchLabelKeys?: string[] | undefined
  maxSkew: number
  minDomains?: number | undefined
  nodeAffinityPolicy?: string | undefined
  nodeTaintsPolicy?: string | undefined
  topologyKey: string
  whenUnsatisfiable: string
}

/** io.k8s.api.core.v1.TypedLocalObjectReference */
export interface TypedLocalObjectReference {
  apiGroup?: string | undefined
  kind: string
  name: string
}

/** io.k8s.api.core.v1.TypedObjectReference */
export interface TypedObjectReference {
  apiGroup?: string | undefined
  kind: string
  name: string
  namespace?: string | undefined
}

/** io.k8s.api.core.v1.Volume */
export interface Volume {
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource | undefined
  azureDisk?: AzureDiskVolumeSource | undefined
  azureFile?: AzureFileVolumeSource | undefined
  cephfs?: CephFSVolumeSource | undefined
  cinder?: CinderVolumeSource | undefined
  configMap?: ConfigMapVolumeSource | undefined
  csi?: CSIVolumeSource | undefined
  downwardAPI?: DownwardAPIVolumeSource | undefined
  emptyDir?: EmptyDirVolumeSource | undefined
  ephemeral?: EphemeralVolumeSource | undefined
  fc?: FCVolumeSource | undefined
  flexVolume?: FlexVolumeSource | undefined
  flocker?: FlockerVolumeSource | undefined
  gcePersistentDisk?: GCEPersistentDiskVolumeSource | undefined
  gitRepo?: GitRepoVolumeSource | undefined
  glusterfs?: GlusterfsVolumeSource | undefined
  hostPath?: HostPathVolumeSource | undefined
  image?: ImageVolumeSource | undefined
  iscsi?: ISCSIVolumeSource | undefined
  name: string
  nfs?: NFSVolumeSource | undefined
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource | undefined
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource | undefined
  portworxVolume?: PortworxVolumeSource | undefined
  projected?: ProjectedVolumeSource | undefined
  quobyte?: QuobyteVolumeSource | undefined
  rbd?: RBDVolumeSource | undefined
  scaleIO?: ScaleIOVolumeSource | undefined
  secret?: SecretVolumeSource | undefined
  storageos?: StorageOSVolumeSource | undefined
  vsphereVolume?: VsphereVirtualDiskVolumeSource | undefined
}

/** io.k8s.api.core.v1.VolumeDevice */
export interface VolumeDevice {
  devicePath: string
  name: string
}

/** io.k8s.api.core.v1.VolumeMount */
export interface VolumeMount {
  mountPath: string
  mountPropagation?: string | undefined
  name: string
  readOnly?: boolean | undefined
  recursiveReadOnly?: string | undefined
  subPath?: string | undefined
  subPathExpr?: string | undefined
}

/** io.k8s.api.core.v1.VolumeMountStatus */
export interface VolumeMountStatus {
  mountPath: string
  name: string
  readOnly?: boolean | undefined
  recursiveReadOnly?: string | undefined
  volumeStatus?: VolumeStatus | undefined
}

/** io.k8s.api.core.v1.VolumeNodeAffinity */
export interface VolumeNodeAffinity {
  required?: NodeSelector | undefined
}

/** io.k8s.api.core.v1.VolumeProjection */
export interface VolumeProjection {
  clusterTrustBundle?: ClusterTrustBundleProjection | undefined
  configMap?: ConfigMapProjection | undefined
  downwardAPI?: DownwardAPIProjection | undefined
  podCertificate?: PodCertificateProjection | undefined
  secret?: SecretProjection | undefined
  serviceAccountToken?: ServiceAccountTokenProjection | undefined
}

/** io.k8s.api.core.v1.VolumeResourceRequirements */
export interface VolumeResourceRequirements {
  limits?: Record<string, string> | undefined
  requests?: Record<string, string> | undefined
}

/** io.k8s.api.core.v1.VolumeStatus */
export interface VolumeStatus {
  image?: ImageVolumeStatus | undefined
}

/** io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource */
export interface VsphereVirtualDiskVolumeSource {
  fsType?: string | undefined
  storagePolicyID?: string | undefined
  storagePolicyName?: string | undefined
  volumePath: string
}

/** io.k8s.api.core.v1.WeightedPodAffinityTerm */
export interface WeightedPodAffinityTerm {
  podAffinityTerm: PodAffinityTerm
  weight: number
}

/** io.k8s.api.core.v1.WindowsSecurityContextOptions */
export interface WindowsSecurityContextOptions {
  gmsaCredentialSpec?: string | undefined
  gmsaCredentialSpecName?: string | undefined
  hostProcess?: boolean | undefined
  runAsUserName?: string | undefined
}

/** io.k8s.api.discovery.v1.Endpoint */
export interface Endpoint {
  addresses: string[]
  conditions?: EndpointConditions | undefined
  deprecatedTopology?: Record<string, string> | undefined
  hints?: EndpointHints | undefined
  hostname?: string | undefined
  nodeName?: string | undefined
  targetRef?: ObjectReference | undefined
  zone?: string | undefined
}

/** io.k8s.api.discovery.v1.EndpointConditions */
export interface EndpointConditions {
  ready?: boolean | undefined
  serving?: boolean | undefined
  terminating?: boolean | undefined
}

/** io.k8s.api.discovery.v1.EndpointHints */
export interface EndpointHints {
  forNodes?: ForNode[] | undefined
  forZones?: ForZone[] | undefined
}

/** io.k8s.api.discovery.v1.EndpointPort */
export interface DiscoveryV1EndpointPort {
  appProtocol?: string | undefined
  name?: string | undefined
  port?: number | undefined
  protocol?: string | undefined
}

/** io.k8s.api.discovery.v1.EndpointSlice */
export interface EndpointSlice {
  addressType: string
  apiVersion?: string | undefined
  endpoints?: Endpoint[] | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  ports?: DiscoveryV1EndpointPort[] | undefined
}

/** io.k8s.api.discovery.v1.EndpointSliceList */
export interface EndpointSliceList {
  apiVersion?: string | undefined
  items: EndpointSlice[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.discovery.v1.ForNode */
export interface ForNode {
  name: string
}

/** io.k8s.api.discovery.v1.ForZone */
export interface ForZone {
  name: string
}

/** io.k8s.api.events.v1.Event */
export interface EventsV1Event {
  action?: string | undefined
  apiVersion?: string | undefined
  deprecatedCount?: number | undefined
  deprecatedFirstTimestamp?: string | undefined
  deprecatedLastTimestamp?: string | undefined
  deprecatedSource?: EventSource | undefined
  eventTime: string
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  note?: string | undefined
  reason?: string | undefined
  regarding?: ObjectReference | undefined
  related?: ObjectReference | undefined
  reportingController?: string | undefined
  reportingInstance?: string | undefined
  series?: EventsV1EventSeries | undefined
  type?: string | undefined
}

/** io.k8s.api.events.v1.EventList */
export interface EventsV1EventList {
  apiVersion?: string | undefined
  items: EventsV1Event[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.events.v1.EventSeries */
export interface EventsV1EventSeries {
  count: number
  lastObservedTime: string
}

/** io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration */
export interface ExemptPriorityLevelConfiguration {
  lendablePercent?: number | undefined
  nominalConcurrencyShares?: number | undefined
}

/** io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod */
export interface FlowDistinguisherMethod {
  type: string
}

/** io.k8s.api.flowcontrol.v1.FlowSchema */
export interface FlowSchema {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: FlowSchemaSpec | undefined
  status?: FlowSchemaStatus | undefined
}

/** io.k8s.api.flowcontrol.v1.FlowSchemaCondition */
export interface FlowSchemaCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status?: string | undefined
  type?: string | undefined
}

/** io.k8s.api.flowcontrol.v1.FlowSchemaList */
export interface FlowSchemaList {
  apiVersion?: string | undefined
  items: FlowSchema[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.flowcontrol.v1.FlowSchemaSpec */
export interface FlowSchemaSpec {
  distinguisherMethod?: FlowDistinguisherMethod | undefined
  matchingPrecedence?: number | undefined
  priorityLevelConfiguration: PriorityLevelConfigurationReference
  rules?: PolicyRulesWithSubjects[] | undefined
}

/** io.k8s.api.flowcontrol.v1.FlowSchemaStatus */
export interface FlowSchemaStatus {
  conditions?: FlowSchemaCondition[] | undefined
}

/** io.k8s.api.flowcontrol.v1.GroupSubject */
export interface GroupSubject {
  name: string
}

/** io.k8s.api.flowcontrol.v1.LimitResponse */
export interface LimitResponse {
  queuing?: QueuingConfiguration | undefined
  type: string
}

/** io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration */
export interface LimitedPriorityLevelConfiguration {
  borrowingLimitPercent?: number | undefined
  lendablePercent?: number | undefined
  limitResponse?: LimitResponse | undefined
  nominalConcurrencyShares?: number | undefined
}

/** io.k8s.api.flowcontrol.v1.NonResourcePolicyRule */
export interface NonResourcePolicyRule {
  nonResourceURLs: string[]
  verbs: string[]
}

/** io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects */
export interface PolicyRulesWithSubjects {
  nonResourceRules?: NonResourcePolicyRule[] | undefined
  resourceRules?: ResourcePolicyRule[] | undefined
  subjects: FlowcontrolV1Subject[]
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration */
export interface PriorityLevelConfiguration {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: PriorityLevelConfigurationSpec | undefined
  status?: PriorityLevelConfigurationStatus | undefined
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition */
export interface PriorityLevelConfigurationCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status?: string | undefined
  type?: string | undefined
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationList */
export interface PriorityLevelConfigurationList {
  apiVersion?: string | undefined
  items: PriorityLevelConfiguration[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference */
export interface PriorityLevelConfigurationReference {
  name: string
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec */
export interface PriorityLevelConfigurationSpec {
  exempt?: ExemptPriorityLevelConfiguration | undefined
  limited?: LimitedPriorityLevelConfiguration | undefined
  type: string
}

/** io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus */
export interface PriorityLevelConfigurationStatus {
  conditions?: PriorityLevelConfigurationCondition[] | undefined
}

/** io.k8s.api.flowcontrol.v1.QueuingConfiguration */
export interface QueuingConfiguration {
  handSize?: number | undefined
  queueLengthLimit?: number | undefined
  queues?: number | undefined
}

/** io.k8s.api.flowcontrol.v1.ResourcePolicyRule */
export interface ResourcePolicyRule {
  apiGroups: string[]
  clusterScope?: boolean | undefined
  namespaces?: string[] | undefined
  resources: string[]
  verbs: string[]
}

/** io.k8s.api.flowcontrol.v1.ServiceAccountSubject */
export interface ServiceAccountSubject {
  name: string
  namespace: string
}

/** io.k8s.api.flowcontrol.v1.Subject */
export interface FlowcontrolV1Subject {
  group?: GroupSubject | undefined
  kind: string
  serviceAccount?: ServiceAccountSubject | undefined
  user?: UserSubject | undefined
}

/** io.k8s.api.flowcontrol.v1.UserSubject */
export interface UserSubject {
  name: string
}

/** io.k8s.api.networking.v1.HTTPIngressPath */
export interface HTTPIngressPath {
  backend: IngressBackend
  path?: string | undefined
  pathType: string
}

/** io.k8s.api.networking.v1.HTTPIngressRuleValue */
export interface HTTPIngressRuleValue {
  paths: HTTPIngressPath[]
}

/** io.k8s.api.networking.v1.IPAddress */
export interface IPAddress {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: IPAddressSpec
}

/** io.k8s.api.networking.v1.IPAddressList */
export interface IPAddressList {
  apiVersion?: string | undefined
  items: IPAddress[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.networking.v1.IPAddressSpec */
export interface IPAddressSpec {
  parentRef: ParentReference
}

/** io.k8s.api.networking.v1.IPBlock */
export interface IPBlock {
  cidr: string
  except?: string[] | undefined
}

/** io.k8s.api.networking.v1.Ingress */
export interface Ingress {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: IngressSpec | undefined
  status?: IngressStatus | undefined
}

/** io.k8s.api.networking.v1.IngressBackend */
export interface IngressBackend {
  resource?: TypedLocalObjectReference | undefined
  service?: IngressServiceBackend | undefined
}

/** io.k8s.api.networking.v1.IngressClass */
export interface IngressClass {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: IngressClassSpec | undefined
}

/** io.k8s.api.networking.v1.IngressClassList */
export interface IngressClassList {
  apiVersion?: string | undefined
  items: IngressClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.networking.v1.IngressClassParametersReference */
export interface IngressClassParametersReference {
  apiGroup?: string | undefined
  kind: string
  name: string
  namespace?: string | undefined
  scope?: string | undefined
}

/** io.k8s.api.networking.v1.IngressClassSpec */
export interface IngressClassSpec {
  controller?: string | undefined
  parameters?: IngressClassParametersReference | undefined
}

/** io.k8s.api.networking.v1.IngressList */
export interface IngressList {
  apiVersion?: string | undefined
  items: Ingress[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.networking.v1.IngressLoadBalancerIngress */
export interface IngressLoadBalancerIngress {
  hostname?: string | undefined
  ip?: string | undefined
  ports?: IngressPortStatus[] | undefined
}

/** io.k8s.api.networking.v1.IngressLoadBalancerStatus */
export interface IngressLoadBalancerStatus {
  ingress?: IngressLoadBalancerIngress[] | undefined
}

/** io.k8s.api.networking.v1.IngressPortStatus */
export interface IngressPortStatus {
  error?: string | undefined
  port: number
  protocol: string
}

/** io.k8s.api.networking.v1.IngressRule */
export interface IngressRule {
  host?: string | undefined
  http?: HTTPIngressRuleValue | undefined
}

/** io.k8s.api.networking.v1.IngressServiceBackend */
export interface IngressServiceBackend {
  name: string
  port?: ServiceBackendPort | undefined
}

/** io.k8s.api.networking.v1.IngressSpec */
export interface IngressSpec {
  defaultBackend?: IngressBackend | undefined
  ingressClassName?: string | undefined
  rules?: IngressRule[] | undefined
  tls?: IngressTLS[] | undefined
}

/** io.k8s.api.networking.v1.IngressStatus */
export interface IngressStatus {
  loadBalancer?: IngressLoadBalancerStatus | undefined
}

/** io.k8s.api.networking.v1.IngressTLS */
export interface IngressTLS {
  hosts?: string[] | undefined
  secretName?: string | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicy */
export interface NetworkPolicy {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: NetworkPolicySpec | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicyEgressRule */
export interface NetworkPolicyEgressRule {
  ports?: NetworkPolicyPort[] | undefined
  to?: NetworkPolicyPeer[] | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicyIngressRule */
export interface NetworkPolicyIngressRule {
  from?: NetworkPolicyPeer[] | undefined
  ports?: NetworkPolicyPort[] | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicyList */
export interface NetworkPolicyList {
  apiVersion?: string | undefined
  items: NetworkPolicy[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicyPeer */
export interface NetworkPolicyPeer {
  ipBlock?: IPBlock | undefined
  namespaceSelector?: LabelSelector | undefined
  podSelector?: LabelSelector | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicyPort */
export interface NetworkPolicyPort {
  endPort?: number | undefined
  port?: number | string | undefined
  protocol?: string | undefined
}

/** io.k8s.api.networking.v1.NetworkPolicySpec */
export interface NetworkPolicySpec {
  egress?: NetworkPolicyEgressRule[] | undefined
  ingress?: NetworkPolicyIngressRule[] | undefined
  podSelector?: LabelSelector | undefined
  policyTypes?: string[] | undefined
}

/** io.k8s.api.networking.v1.ParentReference */
export interface ParentReference {
  group?: string | undefined
  name: string
  namespace?: string | undefined
  resource: string
}

/** io.k8s.api.networking.v1.ServiceBackendPort */
export interface ServiceBackendPort {
  name?: string | undefined
  number?: number | undefined
}

/** io.k8s.api.networking.v1.ServiceCIDR */
export interface ServiceCIDR {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: ServiceCIDRSpec | undefined
  status?: ServiceCIDRStatus | undefined
}

/** io.k8s.api.networking.v1.ServiceCIDRList */
export interface ServiceCIDRList {
  apiVersion?: string | undefined
  items: ServiceCIDR[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.networking.v1.ServiceCIDRSpec */
export interface ServiceCIDRSpec {
  cidrs?: string[] | undefined
}

/** io.k8s.api.networking.v1.ServiceCIDRStatus */
export interface ServiceCIDRStatus {
  conditions?: Condition[] | undefined
}

/** io.k8s.api.node.v1.Overhead */
export interface Overhead {
  podFixed?: Record<string, string> | undefined
}

/** io.k8s.api.node.v1.RuntimeClass */
export interface RuntimeClass {
  apiVersion?: string | undefined
  handler: string
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  overhead?: Overhead | undefined
  scheduling?: Scheduling | undefined
}

/** io.k8s.api.node.v1.RuntimeClassList */
export interface RuntimeClassList {
  apiVersion?: string | undefined
  items: RuntimeClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.node.v1.Scheduling */
export interface Scheduling {
  nodeSelector?: Record<string, string> | undefined
  tolerations?: Toleration[] | undefined
}

/** io.k8s.api.policy.v1.Eviction */
export interface Eviction {
  apiVersion?: string | undefined
  deleteOptions?: DeleteOptions | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
}

/** io.k8s.api.policy.v1.PodDisruptionBudget */
export interface PodDisruptionBudget {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: PodDisruptionBudgetSpec | undefined
  status?: PodDisruptionBudgetStatus | undefined
}

/** io.k8s.api.policy.v1.PodDisruptionBudgetList */
export interface PodDisruptionBudgetList {
  apiVersion?: string | undefined
  items: PodDisruptionBudget[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.policy.v1.PodDisruptionBudgetSpec */
export interface PodDisruptionBudgetSpec {
  maxUnavailable?: number | string | undefined
  minAvailable?: number | string | undefined
  selector?: LabelSelector | undefined
  unhealthyPodEvictionPolicy?: string | undefined
}

/** io.k8s.api.policy.v1.PodDisruptionBudgetStatus */
export interface PodDisruptionBudgetStatus {
  conditions?: Condition[] | undefined
  currentHealthy?: number | undefined
  desiredHealthy?: number | undefined
  disruptedPods?: Record<string, string> | undefined
  disruptionsAllowed?: number | undefined
  expectedPods?: number | undefined
  observedGeneration?: number | undefined
}

/** io.k8s.api.rbac.v1.AggregationRule */
export interface AggregationRule {
  clusterRoleSelectors?: LabelSelector[] | undefined
}

/** io.k8s.api.rbac.v1.ClusterRole */
export interface ClusterRole {
  aggregationRule?: AggregationRule | undefined
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  rules?: PolicyRule[] | undefined
}

/** io.k8s.api.rbac.v1.ClusterRoleBinding */
export interface ClusterRoleBinding {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  roleRef: RoleRef
  subjects?: RbacV1Subject[] | undefined
}

/** io.k8s.api.rbac.v1.ClusterRoleBindingList */
export interface ClusterRoleBindingList {
  apiVersion?: string | undefined
  items: ClusterRoleBinding[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.rbac.v1.ClusterRoleList */
export interface ClusterRoleList {
  apiVersion?: string | undefined
  items: ClusterRole[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.rbac.v1.PolicyRule */
export interface PolicyRule {
  apiGroups?: string[] | undefined
  nonResourceURLs?: string[] | undefined
  resourceNames?: string[] | undefined
  resources?: string[] | undefined
  verbs: string[]
}

/** io.k8s.api.rbac.v1.Role */
export interface Role {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  rules?: PolicyRule[] | undefined
}

/** io.k8s.api.rbac.v1.RoleBinding */
export interface RoleBinding {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  roleRef: RoleRef
  subjects?: RbacV1Subject[] | undefined
}

/** io.k8s.api.rbac.v1.RoleBindingList */
export interface RoleBindingList {
  apiVersion?: string | undefined
  items: RoleBinding[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.rbac.v1.RoleList */
export interface RoleList {
  apiVersion?: string | undefined
  items: Role[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.rbac.v1.RoleRef */
export interface RoleRef {
  apiGroup?: string | undefined
  kind: string
  name: string
}

/** io.k8s.api.rbac.v1.Subject */
export interface RbacV1Subject {
  apiGroup?: string | undefined
  kind: string
  name: string
  namespace?: string | undefined
}

/** io.k8s.api.resource.v1.AllocatedDeviceStatus */
export interface AllocatedDeviceStatus {
  conditions?: Condition[] | undefined
  data?: Record<string, unknown> | undefined
  device: string
  driver: string
  networkData?: NetworkDeviceData | undefined
  pool: string
  shareID?: string | undefined
}

/** io.k8s.api.resource.v1.AllocationResult */
export interface AllocationResult {
  allocationTimestamp?: string | undefined
  devices?: DeviceAllocationResult | undefined
  nodeSelector?: NodeSelector | undefined
}

/** io.k8s.api.resource.v1.CELDeviceSelector */
export interface CELDeviceSelector {
  expression: string
}

/** io.k8s.api.resource.v1.CapacityRequestPolicy */
export interface CapacityRequestPolicy {
  default?: string | undefined
  validRange?: CapacityRequestPolicyRange | undefined
  validValues?: string[] | undefined
}

/** io.k8s.api.resource.v1.CapacityRequestPolicyRange */
export interface CapacityRequestPolicyRange {
  max?: string | undefined
  min: string
  step?: string | undefined
}

/** io.k8s.api.resource.v1.CapacityRequirements */
export interface CapacityRequirements {
  requests?: Record<string, string> | undefined
}

/** io.k8s.api.resource.v1.Counter */
export interface Counter {
  value: string
}

/** io.k8s.api.resource.v1.CounterSet */
export interface CounterSet {
  counters: Record<string, Counter>
  name: string
}

/** io.k8s.api.resource.v1.Device */
export interface Device {
  allNodes?: boolean | undefined
  allowMultipleAllocations?: boolean | undefined
  attributes?: Record<string, DeviceAttribute> | undefined
  bindingConditions?: string[] | undefined
  bindingFailureConditions?: string[] | undefined
  bindsToNode?: boolean | undefined
  capacity?: Record<string, DeviceCapacity> | undefined
  consumesCounters?: DeviceCounterConsumption[] | undefined
  name: string
  nodeAllocatableResourceMappings?: Record<string, NodeAllocatableResourceMapping> | undefined
  nodeName?: string | undefined
  nodeSelector?: NodeSelector | undefined
  taints?: DeviceTaint[] | undefined
}

/** io.k8s.api.resource.v1.DeviceAllocationConfiguration */
export interface DeviceAllocationConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined
  requests?: string[] | undefined
  source: string
}

/** io.k8s.api.resource.v1.DeviceAllocationResult */
export interface DeviceAllocationResult {
  config?: DeviceAllocationConfiguration[] | undefined
  results?: DeviceRequestAllocationResult[] | undefined
}

/** io.k8s.api.resource.v1.DeviceAttribute */
export interface DeviceAttribute {
  bool?: boolean | undefined
  bools?: boolean[] | undefined
  int?: number | undefined
  ints?: number[] | undefined
  string?: string | undefined
  strings?: string[] | undefined
  version?: string | undefined
  versions?: string[] | undefined
}

/** io.k8s.api.resource.v1.DeviceCapacity */
export interface DeviceCapacity {
  requestPolicy?: CapacityRequestPolicy | undefined
  value: string
}

/** io.k8s.api.resource.v1.DeviceClaim */
export interface DeviceClaim {
  config?: DeviceClaimConfiguration[] | undefined
  constraints?: DeviceConstraint[] | undefined
  requests?: DeviceRequest[] | undefined
}

/** io.k8s.api.resource.v1.DeviceClaimConfiguration */
export interface DeviceClaimConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined
  requests?: string[] | undefined
}

/** io.k8s.api.resource.v1.DeviceClass */
export interface DeviceClass {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: DeviceClassSpec
}

/** io.k8s.api.resource.v1.DeviceClassConfiguration */
export interface DeviceClassConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined
}

/** io.k8s.api.resource.v1.DeviceClassList */
export interface DeviceClassList {
  apiVersion?: string | undefined
  items: DeviceClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.resource.v1.DeviceClassSpec */
export interface DeviceClassSpec {
  config?: DeviceClassConfiguration[] | undefined
  extendedResourceName?: string | undefined
  selectors?: DeviceSelector[] | undefined
}

/** io.k8s.api.resource.v1.DeviceConstraint */
export interface DeviceConstraint {
  distinctAttribute?: string | undefined
  matchAttribute?: string | undefined
  requests?: string[] | undefined
}

/** io.k8s.api.resource.v1.DeviceCounterConsumption */
export interface DeviceCounterConsumption {
  counterSet: string
  counters: Record<string, Counter>
}

/** io.k8s.api.resource.v1.DeviceRequest */
export interface DeviceRequest {
  exactly?: ExactDeviceRequest | undefined
  firstAvailable?: DeviceSubRequest[] | undefined
  name: string
}

/** io.k8s.api.resource.v1.DeviceRequestAllocationResult */
export interface DeviceRequestAllocationResult {
  adminAccess?: boolean | undefined
  bindingConditions?: string[] | undefined
  bindingFailureConditions?: string[] | undefined
  consumedCapacity?: Record<string, string> | undefined
  device: string
  driver: string
  pool: string
  request: string
  shareID?: string | undefined
  tolerations?: DeviceToleration[] | undefined
}

/** io.k8s.api.resource.v1.DeviceSelector */
export interface DeviceSelector {
  cel?: CELDeviceSelector | undefined
}

/** io.k8s.api.resource.v1.DeviceSubRequest */
export interface DeviceSubRequest {
  allocationMode?: string | undefined
  capacity?: CapacityRequirements | undefined
  count?: number | undefined
  deviceClassName: string
  name: string
  selectors?: DeviceSelector[] | undefined
  tolerations?: DeviceToleration[] | undefined
}

/** io.k8s.api.resource.v1.DeviceTaint */
export interface DeviceTaint {
  effect: string
  key: string
  timeAdded?: string | undefined
  value?: string | undefined
}

/** io.k8s.api.resource.v1.DeviceToleration */
export interface DeviceToleration {
  effect?: string | undefined
  key?: string | undefined
  operator?: string | undefined
  tolerationSeconds?: number | undefined
  value?: string | undefined
}

/** io.k8s.api.resource.v1.ExactDeviceRequest */
export interface ExactDeviceRequest {
  adminAccess?: boolean | undefined
  allocationMode?: string | undefined
  capacity?: CapacityRequirements | undefined
  count?: number | undefined
  deviceClassName: string
  selectors?: DeviceSelector[] | undefined
  tolerations?: DeviceToleration[] | undefined
}

/** io.k8s.api.resource.v1.NetworkDeviceData */
export interface NetworkDeviceData {
  hardwareAddress?: string | undefined
  interfaceName?: string | undefined
  ips?: string[] | undefined
}

/** io.k8s.api.resource.v1.NodeAllocatableResourceMapping */
export interface NodeAllocatableResourceMapping {
  allocationMultiplier?: string | undefined
  capacityKey?: string | undefined
}

/** io.k8s.api.resource.v1.OpaqueDeviceConfiguration */
export interface OpaqueDeviceConfiguration {
  driver: string
  parameters: Record<string, unknown>
}

/** io.k8s.api.resource.v1.ResourceClaim */
export interface ResourceV1ResourceClaim {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: ResourceClaimSpec
  status?: ResourceClaimStatus | undefined
}

/** io.k8s.api.resource.v1.ResourceClaimConsumerReference */
export interface ResourceClaimConsumerReference {
  apiGroup?: string | undefined
  name: string
  resource: string
  uid: string
}

/** io.k8s.api.resource.v1.ResourceClaimList */
export interface ResourceClaimList {
  apiVersion?: string | undefined
  items: ResourceV1ResourceClaim[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.resource.v1.ResourceClaimSpec */
export interface ResourceClaimSpec {
  devices?: DeviceClaim | undefined
}

/** io.k8s.api.resource.v1.ResourceClaimStatus */
export interface ResourceClaimStatus {
  allocation?: AllocationResult | undefined
  devices?: AllocatedDeviceStatus[] | undefined
  reservedFor?: ResourceClaimConsumerReference[] | undefined
}

/** io.k8s.api.resource.v1.ResourceClaimTemplate */
export interface ResourceClaimTemplate {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: ResourceClaimTemplateSpec
}

/** io.k8s.api.resource.v1.ResourceClaimTemplateList */
export interface ResourceClaimTemplateList {
  apiVersion?: string | undefined
  items: ResourceClaimTemplate[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.resource.v1.ResourceClaimTemplateSpec */
export interface ResourceClaimTemplateSpec {
  metadata?: ObjectMeta | undefined
  spec: ResourceClaimSpec
}

/** io.k8s.api.resource.v1.ResourcePool */
export interface ResourcePool {
  generation: number
  name: string
  resourceSliceCount: number
}

/** io.k8s.api.resource.v1.ResourceSlice */
export interface ResourceSlice {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: ResourceSliceSpec
}

/** io.k8s.api.resource.v1.ResourceSliceList */
export interface ResourceSliceList {
  apiVersion?: string | undefined
  items: ResourceSlice[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.resource.v1.ResourceSliceSpec */
export interface ResourceSliceSpec {
  allNodes?: boolean | undefined
  devices?: Device[] | undefined
  driver: string
  nodeName?: string | undefined
  nodeSelector?: NodeSelector | undefined
  perDeviceNodeSelection?: boolean | undefined
  pool: ResourcePool
  sharedCounters?: CounterSet[] | undefined
}

/** io.k8s.api.scheduling.v1.PriorityClass */
export interface PriorityClass {
  apiVersion?: string | undefined
  description?: string | undefined
  globalDefault?: boolean | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  preemptionPolicy?: string | undefined
  value?: number | undefined
}

/** io.k8s.api.scheduling.v1.PriorityClassList */
export interface PriorityClassList {
  apiVersion?: string | undefined
  items: PriorityClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.CSIDriver */
export interface CSIDriver {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: CSIDriverSpec
}

/** io.k8s.api.storage.v1.CSIDriverList */
export interface CSIDriverList {
  apiVersion?: string | undefined
  items: CSIDriver[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.CSIDriverSpec */
export interface CSIDriverSpec {
  attachRequired?: boolean | undefined
  fsGroupPolicy?: string | undefined
  nodeAllocatableUpdatePeriodSeconds?: number | undefined
  podInfoOnMount?: boolean | undefined
  preventPodSchedulingIfMissing?: boolean | undefined
  requiresRepublish?: boolean | undefined
  seLinuxMount?: boolean | undefined
  serviceAccountTokenInSecrets?: boolean | undefined
  storageCapacity?: boolean | undefined
  tokenRequests?: StorageV1TokenRequest[] | undefined
  volumeLifecycleModes?: string[] | undefined
}

/** io.k8s.api.storage.v1.CSINode */
export interface CSINode {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: CSINodeSpec
}

/** io.k8s.api.storage.v1.CSINodeDriver */
export interface CSINodeDriver {
  allocatable?: VolumeNodeResources | undefined
  name: string
  nodeID: string
  topologyKeys?: string[] | undefined
}

/** io.k8s.api.storage.v1.CSINodeList */
export interface CSINodeList {
  apiVersion?: string | undefined
  items: CSINode[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.CSINodeSpec */
export interface CSINodeSpec {
  drivers: CSINodeDriver[]
}

/** io.k8s.api.storage.v1.CSIStorageCapacity */
export interface CSIStorageCapacity {
  apiVersion?: string | undefined
  capacity?: string | undefined
  kind?: string | undefined
  maximumVolumeSize?: string | undefined
  metadata?: ObjectMeta | undefined
  nodeTopology?: LabelSelector | undefined
  storageClassName: string
}

/** io.k8s.api.storage.v1.CSIStorageCapacityList */
export interface CSIStorageCapacityList {
  apiVersion?: string | undefined
  items: CSIStorageCapacity[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.StorageClass */
export interface StorageClass {
  allowVolumeExpansion?: boolean | undefined
  allowedTopologies?: TopologySelectorTerm[] | undefined
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  mountOptions?: string[] | undefined
  parameters?: Record<string, string> | undefined
  provisioner: string
  reclaimPolicy?: string | undefined
  volumeBindingMode?: string | undefined
}

/** io.k8s.api.storage.v1.StorageClassList */
export interface StorageClassList {
  apiVersion?: string | undefined
  items: StorageClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.TokenRequest */
export interface StorageV1TokenRequest {
  audience: string
  expirationSeconds?: number | undefined
}

/** io.k8s.api.storage.v1.VolumeAttachment */
export interface VolumeAttachment {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: VolumeAttachmentSpec
  status?: VolumeAttachmentStatus | undefined
}

/** io.k8s.api.storage.v1.VolumeAttachmentList */
export interface VolumeAttachmentList {
  apiVersion?: string | undefined
  items: VolumeAttachment[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.VolumeAttachmentSource */
export interface VolumeAttachmentSource {
  inlineVolumeSpec?: PersistentVolumeSpec | undefined
  persistentVolumeName?: string | undefined
}

/** io.k8s.api.storage.v1.VolumeAttachmentSpec */
export interface VolumeAttachmentSpec {
  attacher: string
  nodeName: string
  source: VolumeAttachmentSource
}

/** io.k8s.api.storage.v1.VolumeAttachmentStatus */
export interface VolumeAttachmentStatus {
  attachError?: VolumeError | undefined
  attached: boolean
  attachmentMetadata?: Record<string, string> | undefined
  detachError?: VolumeError | undefined
}

/** io.k8s.api.storage.v1.VolumeAttributesClass */
export interface VolumeAttributesClass {
  apiVersion?: string | undefined
  driverName: string
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  parameters?: Record<string, string> | undefined
}

/** io.k8s.api.storage.v1.VolumeAttributesClassList */
export interface VolumeAttributesClassList {
  apiVersion?: string | undefined
  items: VolumeAttributesClass[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.api.storage.v1.VolumeError */
export interface VolumeError {
  errorCode?: number | undefined
  message?: string | undefined
  time?: string | undefined
}

/** io.k8s.api.storage.v1.VolumeNodeResources */
export interface VolumeNodeResources {
  count?: number | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition */
export interface CustomResourceColumnDefinition {
  description?: string | undefined
  format?: string | undefined
  jsonPath: string
  name: string
  priority?: number | undefined
  type: string
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion */
export interface CustomResourceConversion {
  strategy: string
  webhook?: WebhookConversion | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition */
export interface CustomResourceDefinition {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec: CustomResourceDefinitionSpec
  status?: CustomResourceDefinitionStatus | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition */
export interface CustomResourceDefinitionCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  observedGeneration?: number | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionList */
export interface CustomResourceDefinitionList {
  apiVersion?: string | undefined
  items: CustomResourceDefinition[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames */
export interface CustomResourceDefinitionNames {
  categories?: string[] | undefined
  kind: string
  listKind?: string | undefined
  plural: string
  shortNames?: string[] | undefined
  singular?: string | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec */
export interface CustomResourceDefinitionSpec {
  conversion?: CustomResourceConversion | undefined
  group: string
  names: CustomResourceDefinitionNames
  preserveUnknownFields?: boolean | undefined
  scope: string
  versions: CustomResourceDefinitionVersion[]
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus */
export interface CustomResourceDefinitionStatus {
  acceptedNames?: CustomResourceDefinitionNames | undefined
  conditions?: CustomResourceDefinitionCondition[] | undefined
  observedGeneration?: number | undefined
  storedVersions?: string[] | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion */
export interface CustomResourceDefinitionVersion {
  additionalPrinterColumns?: CustomResourceColumnDefinition[] | undefined
  deprecated?: boolean | undefined
  deprecationWarning?: string | undefined
  name: string
  schema?: CustomResourceValidation | undefined
  selectableFields?: SelectableField[] | undefined
  served: boolean
  storage: boolean
  subresources?: CustomResourceSubresources | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale */
export interface CustomResourceSubresourceScale {
  labelSelectorPath?: string | undefined
  specReplicasPath: string
  statusReplicasPath: string
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus */
export type CustomResourceSubresourceStatus = Record<string, unknown>

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources */
export interface CustomResourceSubresources {
  scale?: CustomResourceSubresourceScale | undefined
  status?: CustomResourceSubresourceStatus | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation */
export interface CustomResourceValidation {
  openAPIV3Schema?: JSONSchemaProps | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation */
export interface ExternalDocumentation {
  description?: string | undefined
  url?: string | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON */
export type JSON = unknown

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps */
export interface JSONSchemaProps {
  $ref?: string | undefined
  $schema?: string | undefined
  additionalItems?: JSONSchemaPropsOrBool | undefined
  additionalProperties?: JSONSchemaPropsOrBool | undefined
  allOf?: JSONSchemaProps[] | undefined
  anyOf?: JSONSchemaProps[] | undefined
  default?: JSON | undefined
  definitions?: Record<string, JSONSchemaProps> | undefined
  dependencies?: Record<string, JSONSchemaPropsOrStringArray> | undefined
  description?: string | undefined
  enum?: JSON[] | undefined
  example?: JSON | undefined
  exclusiveMaximum?: boolean | undefined
  exclusiveMinimum?: boolean | undefined
  externalDocs?: ExternalDocumentation | undefined
  format?: string | undefined
  id?: string | undefined
  items?: JSONSchemaPropsOrArray | undefined
  maxItems?: number | undefined
  maxLength?: number | undefined
  maxProperties?: number | undefined
  maximum?: number | undefined
  minItems?: number | undefined
  minLength?: number | undefined
  minProperties?: number | undefined
  minimum?: number | undefined
  multipleOf?: number | undefined
  not?: JSONSchemaProps | undefined
  nullable?: boolean | undefined
  oneOf?: JSONSchemaProps[] | undefined
  pattern?: string | undefined
  patternProperties?: Record<string, JSONSchemaProps> | undefined
  properties?: Record<string, JSONSchemaProps> | undefined
  required?: string[] | undefined
  title?: string | undefined
  type?: string | undefined
  uniqueItems?: boolean | undefined
  "x-kubernetes-embedded-resource"?: boolean | undefined
  "x-kubernetes-int-or-string"?: boolean | undefined
  "x-kubernetes-list-map-keys"?: string[] | undefined
  "x-kubernetes-list-type"?: string | undefined
  "x-kubernetes-map-type"?: string | undefined
  "x-kubernetes-preserve-unknown-fields"?: boolean | undefined
  "x-kubernetes-validations"?: ValidationRule[] | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray */
export type JSONSchemaPropsOrArray = unknown

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool */
export type JSONSchemaPropsOrBool = unknown

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray */
export type JSONSchemaPropsOrStringArray = unknown

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField */
export interface SelectableField {
  jsonPath: string
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference */
export interface ApiextensionsV1ServiceReference {
  name: string
  namespace: string
  path?: string | undefined
  port?: number | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule */
export interface ValidationRule {
  fieldPath?: string | undefined
  message?: string | undefined
  messageExpression?: string | undefined
  optionalOldSelf?: boolean | undefined
  reason?: string | undefined
  rule: string
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig */
export interface ApiextensionsV1WebhookClientConfig {
  caBundle?: string | undefined
  service?: ApiextensionsV1ServiceReference | undefined
  url?: string | undefined
}

/** io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion */
export interface WebhookConversion {
  clientConfig?: ApiextensionsV1WebhookClientConfig | undefined
  conversionReviewVersions: string[]
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup */
export interface APIGroup {
  apiVersion?: string | undefined
  kind?: string | undefined
  name: string
  preferredVersion?: GroupVersionForDiscovery | undefined
  serverAddressByClientCIDRs?: ServerAddressByClientCIDR[] | undefined
  versions: GroupVersionForDiscovery[]
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList */
export interface APIGroupList {
  apiVersion?: string | undefined
  groups: APIGroup[]
  kind?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.APIResource */
export interface APIResource {
  categories?: string[] | undefined
  group?: string | undefined
  kind: string
  name: string
  namespaced: boolean
  shortNames?: string[] | undefined
  singularName: string
  storageVersionHash?: string | undefined
  verbs: string[]
  version?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList */
export interface APIResourceList {
  apiVersion?: string | undefined
  groupVersion: string
  kind?: string | undefined
  resources: APIResource[]
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions */
export interface APIVersions {
  apiVersion?: string | undefined
  kind?: string | undefined
  serverAddressByClientCIDRs: ServerAddressByClientCIDR[]
  versions: string[]
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.Condition */
export interface Condition {
  lastTransitionTime: string
  message: string
  observedGeneration?: number | undefined
  reason: string
  status: string
  type: string
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions */
export interface DeleteOptions {
  apiVersion?: string | undefined
  dryRun?: string[] | undefined
  gracePeriodSeconds?: number | undefined
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | undefined
  kind?: string | undefined
  orphanDependents?: boolean | undefined
  preconditions?: Preconditions | undefined
  propagationPolicy?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement */
export interface FieldSelectorRequirement {
  key: string
  operator: string
  values?: string[] | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery */
export interface GroupVersionForDiscovery {
  groupVersion: string
  version: string
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector */
export interface LabelSelector {
  matchExpressions?: LabelSelectorRequirement[] | undefined
  matchLabels?: Record<string, string> | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement */
export interface LabelSelectorRequirement {
  key: string
  operator: string
  values?: string[] | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta */
export interface ListMeta {
  continue?: string | undefined
  remainingItemCount?: number | undefined
  resourceVersion?: string | undefined
  selfLink?: string | undefined
  shardInfo?: ShardInfo | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry */
export interface ManagedFieldsEntry {
  apiVersion?: string | undefined
  fieldsType?: string | undefined
  fieldsV1?: Record<string, unknown> | undefined
  manager?: string | undefined
  operation?: string | undefined
  subresource?: string | undefined
  time?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta */
export interface ObjectMeta {
  annotations?: Record<string, string> | undefined
  creationTimestamp?: string | undefined
  deletionGracePeriodSeconds?: number | undefined
  deletionTimestamp?: string | undefined
  finalizers?: string[] | undefined
  generateName?: string | undefined
  generation?: number | undefined
  labels?: Record<string, string> | undefined
  managedFields?: ManagedFieldsEntry[] | undefined
  name?: string | undefined
  namespace?: string | undefined
  ownerReferences?: OwnerReference[] | undefined
  resourceVersion?: string | undefined
  selfLink?: string | undefined
  uid?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference */
export interface OwnerReference {
  apiVersion: string
  blockOwnerDeletion?: boolean | undefined
  controller?: boolean | undefined
  kind: string
  name: string
  uid: string
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.Patch */
export type Patch = Record<string, unknown>

/** io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions */
export interface Preconditions {
  resourceVersion?: string | undefined
  uid?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR */
export interface ServerAddressByClientCIDR {
  clientCIDR: string
  serverAddress: string
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo */
export interface ShardInfo {
  selector: string
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.Status */
export interface Status {
  apiVersion?: string | undefined
  code?: number | undefined
  details?: StatusDetails | undefined
  kind?: string | undefined
  message?: string | undefined
  metadata?: ListMeta | undefined
  reason?: string | undefined
  status?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause */
export interface StatusCause {
  field?: string | undefined
  message?: string | undefined
  reason?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails */
export interface StatusDetails {
  causes?: StatusCause[] | undefined
  group?: string | undefined
  kind?: string | undefined
  name?: string | undefined
  retryAfterSeconds?: number | undefined
  uid?: string | undefined
}

/** io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent */
export interface WatchEvent {
  object: Record<string, unknown>
  type: string
}

/** io.k8s.apimachinery.pkg.version.Info */
export interface Info {
  buildDate: string
  compiler: string
  emulationMajor?: string | undefined
  emulationMinor?: string | undefined
  gitCommit: string
  gitTreeState: string
  gitVersion: string
  goVersion: string
  major: string
  minCompatibilityMajor?: string | undefined
  minCompatibilityMinor?: string | undefined
  minor: string
  platform: string
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService */
export interface APIService {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
  spec?: APIServiceSpec | undefined
  status?: APIServiceStatus | undefined
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition */
export interface APIServiceCondition {
  lastTransitionTime?: string | undefined
  message?: string | undefined
  reason?: string | undefined
  status: string
  type: string
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceList */
export interface APIServiceList {
  apiVersion?: string | undefined
  items: APIService[]
  kind?: string | undefined
  metadata?: ListMeta | undefined
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec */
export interface APIServiceSpec {
  caBundle?: string | undefined
  group?: string | undefined
  groupPriorityMinimum: number
  insecureSkipTLSVerify?: boolean | undefined
  service?: ApiregistrationV1ServiceReference | undefined
  version?: string | undefined
  versionPriority: number
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus */
export interface APIServiceStatus {
  conditions?: APIServiceCondition[] | undefined
}

/** io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference */
export interface ApiregistrationV1ServiceReference {
  name?: string | undefined
  namespace?: string | undefined
  port?: number | undefined
}
